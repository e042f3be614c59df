"""A body that finds that its time has not come: it waits again and uses up nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.exceptions import Ignore
from django.utils import timezone

from tasks_app import ledger, runs
from tasks_app.errors import JobCancelled, JobLost
from tasks_app.models import Job, State
from tests.engine import jobs

pytestmark = pytest.mark.django_db


class NotYet(Exception):
    pass


@pytest.fixture
def run() -> runs.Run:
    job = Job(id="j", name=jobs.write.name, queue="default", created_at=timezone.now())
    job.available_at = timezone.now()
    ledger.insert([job])
    assert ledger.claim("j", "token", "worker@host")
    return runs.Run("j", "token")


def put_off(run: runs.Run) -> None:
    runs.begin(run)
    jobs.write.push_request(id=run.job_id)
    try:
        jobs.write.put_off(timedelta(minutes=5), NotYet("The shop is closed."))
    finally:
        jobs.write.pop_request()
        runs.finish(run)


def test_it_waits_with_all_its_retries_and_says_why(run: runs.Run) -> None:
    with pytest.raises(Ignore):
        put_off(run)
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


def test_a_job_that_was_asked_to_stop_stops_instead(run: runs.Run) -> None:
    ledger.ask_to_cancel("j")
    with pytest.raises(JobCancelled):
        put_off(run)


def test_a_run_that_lost_its_job_changes_nothing(run: runs.Run) -> None:
    Job.objects.update(token="another")
    with pytest.raises(JobLost):
        put_off(run)
    assert Job.objects.get().state == State.RUNNING


def test_what_sleeps_for_a_reason_is_woken_by_it(run: runs.Run) -> None:
    with pytest.raises(Ignore):
        put_off(run)
    assert ledger.wake("SomethingElse") == 0
    assert ledger.wake("NotYet", 0) == 0
    assert ledger.wake("NotYet", 1) == 1
    assert ledger.wake("NotYet") == 0, "it is awake"
