"""A body that finds that its time has not come: it waits again and uses up nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.exceptions import Ignore
from django.utils import timezone

from tasks_app.errors import JobCancelled, JobLost
from tasks_app.ledger import transitions
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.run import Run, begin_run, finish_run
from tasks_app.models import Job, State
from tests.cancelling import ASKED
from tests.engine import jobs

pytestmark = pytest.mark.django_db


class NotYet(Exception):
    pass


@pytest.fixture
def run() -> Run:
    job = Job(id="j", name=jobs.write.name, queue="default", created_at=timezone.now())
    job.available_at = timezone.now()
    insert_jobs([job])
    assert transitions.claim("j", "token", "worker@host")
    return Run("j", "token")


def snooze(run: Run) -> None:
    begin_run(run)
    jobs.write.push_request(id=run.job_id)
    try:
        jobs.write.snooze(timedelta(minutes=5), NotYet("The shop is closed."))
    finally:
        jobs.write.pop_request()
        finish_run(run)


def test_it_waits_with_all_its_retries_and_says_why(run: Run) -> None:
    with pytest.raises(Ignore):
        snooze(run)
    job = Job.objects.get()
    assert (job.state, job.retries, job.token, job.published_at) == (State.WAITING, 0, "", None)
    assert (job.error_class, job.error) == ("NotYet", "The shop is closed.")
    assert job.available_at is not None
    assert job.available_at > timezone.now() + timedelta(minutes=4)
    assert not job.attempts.exists()


def test_nobody_is_warned_of_a_run_that_put_its_job_off(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"):
        jobs.put_itself_off.apply(task_id="j")
    assert Job.objects.get().state == State.WAITING
    assert "late end" not in caplog.text


def test_a_job_that_was_asked_to_stop_stops_instead(run: Run) -> None:
    transitions.ask_to_cancel("j", ASKED)
    with pytest.raises(JobCancelled):
        snooze(run)


def test_a_run_that_lost_its_job_changes_nothing(run: Run) -> None:
    Job.objects.update(token="another")
    with pytest.raises(JobLost):
        snooze(run)
    assert Job.objects.get().state == State.RUNNING


def test_what_sleeps_for_a_reason_is_woken_by_it(run: Run) -> None:
    with pytest.raises(Ignore):
        snooze(run)
    assert transitions.wake("SomethingElse") == 0
    assert transitions.wake("NotYet", 0) == 0
    assert transitions.wake("NotYet", 1) == 1
    assert transitions.wake("NotYet") == 0, "it is awake"
