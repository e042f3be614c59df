"""Runs that the clock takes from workers which stopped renewing their leases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from tasks_app import launching
from tasks_app.clock import recovery
from tasks_app.clock.recovery import recover
from tasks_app.clock.tick import tick
from tasks_app.ledger import lost_run, transitions
from tasks_app.models import Job, State
from tests.servers import RedisServer

TASK = "projet.celery.debug_task"


def leased(until: timedelta, **fields: Any) -> Job:
    """A running job whose lease ends so much later than now."""
    job = launching.launch(TASK, {})
    assert transitions.claim(job.id, f"token of {job.id[:8]}", "worker1@gone")
    Job.objects.filter(id=job.id).update(lease_until=timezone.now() + until, **fields)
    return Job.objects.get(id=job.id)


def test_a_lost_run_is_with_the_broker_in_the_tick_that_finds_its_lease_run_out(
    broker: RedisServer, transactional_db: None
) -> None:
    job = leased(timedelta(seconds=-1), deaths=1)
    broker.client.flushall()
    recover(timezone.now())
    assert Job.objects.get(id=job.id).deaths == 2
    assert broker.client.llen("default") == 1


@pytest.mark.parametrize("broken", ["its declaration", "its message"])
def test_one_whose_loss_cannot_be_decided_keeps_no_other_from_being_found(
    broker: RedisServer,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    poison = leased(timedelta(seconds=-2))
    leased(timedelta(seconds=-1))
    if broken == "its message":
        Job.objects.filter(id=poison.id).update(message={})
    else:
        declared = lost_run.verdict_on

        def verdict_on(job: Job) -> Any:
            if job == poison:
                raise KeyError("no such report")
            return declared(job)

        monkeypatch.setattr(lost_run, "verdict_on", verdict_on)
    broker.client.flushall()
    recovered = recover(timezone.now())
    assert (recovered.lost_by_workers, recovered.published) == (1, 1)
    poison.refresh_from_db()
    assert poison.state == State.RUNNING
    recover(timezone.now())
    assert caplog.text.count("what becomes of it cannot be told") == 1, "a traceback a second"


@pytest.mark.parametrize(
    "step",
    [
        "tick.sync",
        "recovery.take_back_expired_leases",
        "recovery.find_what_the_broker_lost",
    ],
)
def test_a_step_of_the_tick_that_fails_stops_none_that_follow(
    broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise ValueError("no paper")

    monkeypatch.setattr(f"tasks_app.clock.{step}", fail)
    Job.objects.filter(id=launching.launch(TASK, {}).id).update(published_at=None)
    assert tick(timezone.now() + timedelta(seconds=2)).recovered.published == 1


def test_a_database_that_is_away_is_the_schedulers_matter(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **options: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(recovery, "take_back_expired_leases", gone)
    with pytest.raises(OperationalError):
        recover(timezone.now())


def test_a_lease_that_is_renewed_just_before_its_turn_is_not_taken(
    broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = leased(timedelta(seconds=-1))
    verdict_on = lost_run.verdict_on

    def renewed_meanwhile(lost: Job) -> Any:
        assert transitions.renew(lost.id, lost.token)
        return verdict_on(lost)

    monkeypatch.setattr(lost_run, "verdict_on", renewed_meanwhile)
    recover(timezone.now())
    job.refresh_from_db()
    assert (job.state, job.deaths, job.attempts.count()) == (State.RUNNING, 0, 0)
