"""No job may take a worker for ever, nor all of its memory."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from celery.contrib.testing.mocks import TaskMessage
from celery.worker.request import create_request_cls

from tasks_app import tasks
from tasks_app.catalogue import kinds
from tasks_app.worker.request import JobRequest
from tests.engine import jobs
from tests.engine.conftest import KNOWS_TEST_JOBS, ended
from tests.start.test_refusals import ROOT, environment

pytestmark = pytest.mark.once


def read_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **given: str) -> dict[str, Any]:
    for name, value in environment(tmp_path, ENVIRONMENT="local", **given).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "projet" / "settings.py"))


@pytest.mark.parametrize("name", [kind.name for kind in kinds()])
def test_every_kind_of_job_is_ended_by_force_after_half_an_hour_at_most(name: str) -> None:
    """What the worker hands to its pool with a job of that kind, as Celery's strategy does."""
    task = current_app.tasks[name]
    handed: dict[str, Any] = {}

    class Pool:
        def apply_async(self, *args: Any, **given: Any) -> None:
            handed.update(given)

    made = create_request_cls(JobRequest, task, Pool(), "here", None)
    made(TaskMessage(name), app=current_app, task=task).execute_using_pool(Pool())
    soft, hard = handed["soft_timeout"], handed["timeout"]
    assert hard is not None, "a job that hangs would hold its worker for ever"
    assert 0 < hard <= 30 * 60
    assert soft is None or soft < hard, "the soft limit would never be heard"


def test_a_process_may_grow_to_a_gigabyte_or_to_what_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "CELERY_WORKER_MAX_MEMORY_PER_CHILD"
    assert read_settings(tmp_path, monkeypatch)[name] == 1024 * 1024
    assert read_settings(tmp_path, monkeypatch, WORKER_MAX_MEMORY_MB="300")[name] == 300 * 1024
    assert read_settings(tmp_path, monkeypatch, WORKER_MAX_MEMORY_MB="0")[name] is None


def test_reports_wait_in_a_queue_of_their_own_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queue_of(found: dict[str, Any]) -> str:
        return str(found["CELERY_TASK_ROUTES"][0][tasks.rapport_pdf.name]["queue"])

    assert queue_of(read_settings(tmp_path, monkeypatch)) == "default"
    assert queue_of(read_settings(tmp_path, monkeypatch, PDF_QUEUE="pdf")) == "pdf"


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_process_that_has_grown_is_replaced_after_its_job(processes: Any, tmp_path: Path) -> None:
    log = tmp_path / "runs.log"
    processes.start_worker(concurrency=1, **KNOWS_TEST_JOBS, WORKER_MAX_MEMORY_MB="300")
    for mib in (0, 400, 0):
        ended(jobs.take_memory.delay(str(log), mib).id)
    small, grown, after = jobs.lines(log)
    assert small == grown
    assert after != grown
