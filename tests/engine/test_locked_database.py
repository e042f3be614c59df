"""Somebody else holds the database for a while: a click is told so, work waits and goes on."""

from __future__ import annotations

import http.client
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse

from projet.views.database_outage import LOCK_PATIENCE
from tasks_app.models import Job, Node, State
from tests.engine import jobs
from tests.engine.conftest import KNOWS_TEST_JOBS, ended
from tests.faults.visitor import Visitor
from tests.servers import RedisServer, wait_until
from tests.stack import Stack, database_url

pytestmark = pytest.mark.stack


@contextmanager
def held() -> Iterator[None]:
    """SQLite has one lock for all who write; of PostgreSQL, the jobs."""
    other: Any
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(database_url())
        other.execute(f'LOCK TABLE "{Job._meta.db_table}" IN ACCESS EXCLUSIVE MODE')
    try:
        yield
    finally:
        other.rollback()
        other.close()


def test_a_click_is_told_after_a_few_seconds_and_jobs_go_on(
    processes: Stack, broker: RedisServer, tmp_path: Path
) -> None:
    processes.start_worker(**KNOWS_TEST_JOBS)
    processes.start_clock(**KNOWS_TEST_JOBS)
    processes.start_web(DEBUG="false", **KNOWS_TEST_JOBS)
    person = Visitor(processes.url, User.objects.create_superuser("alex", "alex@example.org"))
    held_job = jobs.sit.delay(str(tmp_path / "log"), str(tmp_path / "go"))
    wait_until(lambda: jobs.lines(tmp_path / "log") == ["began"])
    later = jobs.write.apply_async((str(tmp_path / "later"),), queue="aside")
    with held():
        (tmp_path / "go").touch()  # it comes to its end, which cannot be written
        broker.client.rename("aside", "default")  # and this one cannot be claimed
        answer = person._ask("POST", reverse("admin:launch_form", args=["debug_task"]), "launch_key=one")
        page = answer.read().decode()
        assert answer.status == http.client.SERVICE_UNAVAILABLE
        assert "The database is busy" in page
        assert "Nothing of what you sent was saved" in page
        assert answer.headers["Retry-After"]
    assert LOCK_PATIENCE < 20
    ended(held_job.id)
    ended(later.id)
    clicked = person.click(reverse("admin:launch_form", args=["debug_task"]))
    job_id = clicked.address.split("/")[-3]
    ended(job_id)
    assert Job.objects.filter(name="projet.celery.debug_task", state=State.SUCCEEDED).count() == 1
    assert {node.kind for node in Node.objects.filter(stopped_at=None)} == set(Node.Kind)
