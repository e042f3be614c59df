"""`celery beat` around the clock: outages are told once and survived, the end is clean."""

from __future__ import annotations

import logging
import time

import pytest
from celery import current_app
from django.conf import settings
from django.db import OperationalError
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult

from tasks_app.clock import scheduler
from tasks_app.clock.scheduler import ClockScheduler
from tasks_app.clock.tick import TickReport, tick
from tasks_app.models import Job, Node, Slot, SlotState, State
from tests.clock.making import DEBUG_TASK, every
from tests.servers import wait_until


@pytest.fixture
def beat():
    return ClockScheduler(app=current_app)


@pytest.mark.django_db(transaction=True)
def test_a_tick_seeds_looks_and_beats(beat, broker):
    pause = beat.tick()
    assert 0 < pause <= scheduler.PERIOD
    assert PeriodicTask.objects.filter(name="cleanup-results-hourly").exists()
    node = Node.objects.get()
    assert (node.kind, node.stopped_at) == (Node.Kind.CLOCK, None)


@pytest.mark.django_db(transaction=True)
def test_the_end_is_noted_but_not_in_the_middle_of_a_tick(beat, broker, monkeypatch):
    beat.tick()
    beat.ticking = True  # as when SIGTERM arrives while a statement is under way
    beat.close()
    assert Node.objects.get().stopped_at is None
    beat.ticking = False
    beat.close()
    assert Node.objects.get().stopped_at is not None


@pytest.mark.django_db(transaction=True)
def test_an_outage_of_the_database_is_told_once_and_survived(beat, broker, monkeypatch, caplog):
    look = tick

    def gone(*args, **options):
        raise OperationalError("server closed the connection unexpectedly")

    caplog.set_level(logging.INFO, logger="tasks_app.clock.scheduler")
    monkeypatch.setattr(scheduler, "tick", gone)
    pauses = [beat.tick() for _ in range(5)]
    assert all(pause <= scheduler.PERIOD for pause in pauses)
    monkeypatch.setattr(scheduler, "tick", look)
    beat.tick()
    beat.tick()
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [("does not answer" in line, "answers again" in line) for line in told] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_starts_gives_workers_half_a_lease_as_after_an_outage(beat, broker, monkeypatch):
    """The database may have been away until just now."""
    looks = []
    report = TickReport(synced=0)
    monkeypatch.setattr(scheduler, "tick", lambda now, leases, **options: looks.append(leases) or report)
    beat.tick()
    half = settings.JOB_LEASE.total_seconds() / 2
    assert 0 < beat.lenient_until - time.monotonic() <= half
    strict_from = beat.lenient_until
    monkeypatch.setattr(time, "monotonic", lambda: strict_from - 1)
    beat.tick()
    monkeypatch.setattr(time, "monotonic", lambda: strict_from + 1)
    beat.tick()
    assert looks == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_stop_the_clock(beat):
    """Nothing answers at the tests' broker address."""
    beat.tick()
    assert not beat.outage
    assert Node.objects.exists()


@pytest.mark.stack
def test_a_real_clock_and_worker_run_a_schedule_and_the_clock_ends_cleanly(processes):
    processes.start_worker()
    process = processes.start_clock()
    row = PeriodicTask.objects.create(name="Each second", task=DEBUG_TASK, interval=every(1, "seconds"))
    done = Slot.objects.filter(schedule=row, state=SlotState.DONE)
    wait_until(lambda: done.count() >= 2, what="two slots done")
    assert Job.objects.filter(scheduled_for__isnull=False, state=State.SUCCEEDED).exists()
    result = TaskResult.objects.filter(task_id=done[0].job_id).get()
    assert result.periodic_task_name == "Each second"
    process.stop()
    assert Node.objects.get(kind=Node.Kind.CLOCK).stopped_at is not None
    assert "Traceback" not in process.tail()
