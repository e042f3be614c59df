"""Runs that the clock takes from workers which stopped renewing their leases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tasks_app import launching, ledger, recovery
from tasks_app.models import Job, State
from tasks_app.recovery import recover
from tests.servers import RedisServer

TASK = "projet.celery.debug_task"


def leased(until: timedelta, **fields: Any) -> Job:
    """A running job whose lease ends so much later than now."""
    job = launching.launch(TASK, {})
    assert ledger.claim(job.id, f"token of {job.id[:8]}", "worker1@gone")
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


def test_a_lease_that_is_renewed_just_before_its_turn_is_not_taken(
    broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = leased(timedelta(seconds=-1))
    verdict_on = recovery.verdict_on

    def renewed_meanwhile(lost: Job) -> Any:
        assert ledger.renew(lost.id, lost.token)
        return verdict_on(lost)

    monkeypatch.setattr(recovery, "verdict_on", renewed_meanwhile)
    recover(timezone.now())
    job.refresh_from_db()
    assert (job.state, job.deaths, job.attempts.count()) == (State.RUNNING, 0, 0)
