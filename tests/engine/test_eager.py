"""Eager mode and `.apply()` write Job and result by the same road as a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django_celery_results.models import TaskResult

from tasks_app import launching
from tasks_app.models import Job, State
from tests.engine import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def eager() -> Any:
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def test_an_eager_call_writes_job_and_result(eager: None, tmp_path: Path) -> None:
    sent = jobs.write.delay(str(tmp_path / "log"), "eager")
    job = Job.objects.get(id=sent.id)
    assert (job.state, job.runs, job.kwargs, job.args) == (
        State.SUCCEEDED,
        1,
        {},
        [str(tmp_path / "log"), "eager"],
    )
    assert TaskResult.objects.get(task_id=sent.id).status == "SUCCESS"


def test_an_eager_failure_is_a_failed_job(eager: None, tmp_path: Path) -> None:
    sent = jobs.always_fail.apply_async((str(tmp_path / "log"),))
    job = Job.objects.get(id=sent.id)
    assert (job.state, job.error) == (State.FAILED, "the printer is on fire")
    assert TaskResult.objects.get(task_id=sent.id).status == "FAILURE"


def test_an_eager_retry_runs_at_once_and_ends_succeeded(eager: None, tmp_path: Path) -> None:
    sent = jobs.fail_twice.delay(str(tmp_path / "log"))
    assert jobs.lines(tmp_path / "log") == ["try 0", "try 1", "try 2"]
    assert Job.objects.get(id=sent.id).state == State.SUCCEEDED


def test_an_eager_launch_runs_the_row_it_wrote(eager: None) -> None:
    job = launching.launch("projet.celery.debug_task", {})
    job.refresh_from_db()
    assert (job.state, Job.objects.count()) == (State.SUCCEEDED, 1)


def test_an_eager_chain_leaves_a_job_for_each_step(eager: None) -> None:
    assert (jobs.add.s(1, 2) | jobs.add.s(10)).delay().get() == 13
    assert Job.objects.filter(state=State.SUCCEEDED).count() == 2
