"""Statements that every job costs: planned once a connection, and as strict as an ordinary insertion."""

from __future__ import annotations

from itertools import batched
from typing import Any

import pytest
from django.conf import settings
from django.db import DataError, connection, transaction
from django.utils import timezone

from backoffice.emails import hot_sql as emails
from backoffice.models import Message
from tasks_app.broker.publishing import mark_published
from tasks_app.ledger import transitions
from tasks_app.ledger.hot_sql import speaks_postgresql
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import build_job
from tasks_app.models import Job
from tests.engine.deliveries import NAME

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if not speaks_postgresql():
        pytest.skip("SQLite plans each statement anew, and holds no column to its length")


def fetch(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [value for (value,) in cursor.fetchall()]


def claims(count: int) -> list[bool]:
    jobs = insert_jobs([build_job(NAME, kwargs={"when_lost": "AGAIN"}) for _ in range(count)])
    return [transitions.claim(job.id, f"token {at}", "a worker") for at, job in enumerate(jobs)]


def kept_plans() -> list[str]:
    return [text for text in fetch("SELECT statement FROM pg_prepared_statements") if "'running'" in text]


def test_the_claim_is_planned_once_a_connection() -> None:
    connection.close()
    assert all(claims(settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"]))
    assert kept_plans() == []  # a connection that is used once or twice keeps none
    assert all(claims(3))
    assert len(kept_plans()) == 1


def test_within_a_transaction_it_is_an_ordinary_statement() -> None:
    connection.close()
    with transaction.atomic():
        assert all(claims(8))
        transaction.set_rollback(True)
    assert kept_plans() == []
    assert not Job.objects.exists()


def test_many_are_marked_by_a_plan_that_knows_which() -> None:
    connection.close()
    jobs = insert_jobs([build_job(NAME, kwargs={"when_lost": "AGAIN"}) for _ in range(40)])
    for pair in batched(jobs, 2):
        mark_published([job.id for job in pair], timezone.now())
    assert not Job.objects.filter(published_at=None).exists()
    assert [text for text in fetch("SELECT statement FROM pg_prepared_statements") if "ANY" in text] == []


def test_only_the_claims_own_commit_may_lag() -> None:
    assert all(claims(8))
    assert fetch("SHOW synchronous_commit") == ["on"]


def test_a_value_that_is_too_long_is_refused_and_not_cut() -> None:
    message = Message(to="zoe@example.org", sender="x" * 1000, state="queued", created_at=timezone.now())
    with pytest.raises(DataError):
        emails.insertion(message).execute()
