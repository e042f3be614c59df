"""Messages from before a job's last retry or replacement, which a broker may still hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from tasks_app.clock.recovery import recover
from tasks_app.models import Job, State
from tests.engine.deliveries import NAME, Delivery, declared
from tests.servers import RedisServer


@pytest.fixture
def job(broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    with declared(monkeypatch):
        sent = current_app.tasks[NAME].apply_async(kwargs={"when_lost": "AGAIN"})
        broker.client.flushall()
        yield Job.objects.get(id=sent.id)


def as_it_is_now(job: Job) -> Job:
    return Job.objects.get(id=job.id)


def assert_refused(stale: Job, broker: RedisServer) -> None:
    """It changes nothing, and the clock publishes the job's own."""
    before = as_it_is_now(stale)
    broker.client.flushall()  # its own message is lost, too
    assert not Delivery(stale).claimed
    after = as_it_is_now(stale)
    assert (after.state, after.runs, after.retries) == (State.WAITING, before.runs, before.retries)
    recover(timezone.now() + timedelta(seconds=2))
    assert broker.client.llen("default") == 1


def test_one_from_before_a_retry_neither_runs_nor_uncounts_it(job: Job, broker: RedisServer) -> None:
    Delivery(job).obey("retry", timezone.now())
    assert_refused(job, broker)
    fresh = as_it_is_now(job)
    Delivery(fresh).obey("retry", timezone.now())
    for stale in (job, fresh):
        assert not Delivery(stale).claimed
    assert as_it_is_now(job).retries == job.attempts.count() == 2
    Delivery(as_it_is_now(job)).obey("succeed")
    assert as_it_is_now(job).state == State.SUCCEEDED


def test_one_from_before_a_replacement_by_the_same_task_does_not_run_with_the_old_arguments(
    job: Job, broker: RedisServer
) -> None:
    Delivery(job).obey("replace", {"when_lost": "FAIL"})
    assert_refused(job, broker)
    replaced = as_it_is_now(job)
    assert replaced.kwargs == {"when_lost": "FAIL"}
    Delivery(replaced).obey("retry", timezone.now())
    Delivery(as_it_is_now(job)).obey("replace", {"when_lost": "ASK"})
    for stale in (job, replaced):  # all of them say that nothing was tried again so far
        assert not Delivery(stale).claimed
    Delivery(as_it_is_now(job)).obey("succeed")
    assert as_it_is_now(job).state == State.SUCCEEDED
