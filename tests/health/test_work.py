"""Jobs and schedules that do not get on are said, with what to do and where to see them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tasks_app.models import Job, QueueState, QuietPeriod, State
from tasks_app.monitor.health import Level
from tasks_app.monitor.health.quiet import check_quiet_periods
from tasks_app.monitor.health.work import (
    check_queues,
    check_schedules,
    check_stuck,
    check_unknown,
    check_unpublished,
)
from tests.health.conftest import node, one
from tests.pages.rows import make_job, make_schedule

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_where_nothing_waits_all_is_well() -> None:
    for check in (check_unpublished, check_stuck, check_unknown, check_queues, check_schedules):
        assert one(check).level is Level.OK


def test_a_job_that_was_never_published_is_counted_unless_its_queue_is_paused() -> None:
    make_job(State.WAITING)
    finding = one(check_unpublished)
    assert "1 job is due and was never published" in finding.sentence
    assert "reconcile" in finding.remedy
    assert finding.page == "tasks_app/job/?trouble=unpublished"
    QueueState.objects.create(name="high", paused=True)
    assert one(check_unpublished).level is Level.OK


def test_quiet_periods_that_cannot_be_read_are_named_unless_they_are_switched_off() -> None:
    times = {"from_time": "22:00", "until_time": "06:00"}
    QuietPeriod.objects.create(name="Nights", zone="Europe/Paris", **times)
    assert one(check_quiet_periods).level is Level.OK
    for name, zone in (("Mars", "Mars/Olympus"), ("Way out", "../passwd")):  # known where they were saved
        quiet = QuietPeriod.objects.create(name=name, **times)
        QuietPeriod.objects.filter(pk=quiet.pk).update(zone=zone)
    finding = one(check_quiet_periods)
    assert finding.sentence == "2 quiet periods cannot be read, and hold nothing up: “Mars”, “Way out”."
    assert finding.page == "tasks_app/quietperiod/"
    QuietPeriod.objects.exclude(name="Nights").update(enabled=False)
    assert one(check_quiet_periods).level is Level.OK


def test_a_run_whose_lease_ran_out_is_stuck() -> None:
    make_job(State.RUNNING, lease_until=timezone.now() - HOUR)
    make_job(State.RUNNING, lease_until=timezone.now() + HOUR)
    assert "1 job is stuck" in one(check_stuck).sentence


def test_a_job_replaced_by_a_chord_that_never_ends_is_stuck_after_a_day() -> None:
    job = make_job(State.WAITING)
    Job.objects.filter(pk=job.pk).update(available_at=None)
    assert one(check_stuck).level is Level.OK
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert "1 job is stuck" in one(check_stuck).sentence


def test_an_unknown_outcome_leads_to_its_list() -> None:
    make_job(State.UNKNOWN)
    finding = one(check_unknown)
    assert finding.page == "tasks_app/job/?state=unknown"
    assert "settle" in finding.remedy


def test_a_queue_that_nobody_serves_is_named() -> None:
    node("worker@one", queues=["low"])
    make_job(State.WAITING, published_at=timezone.now())
    finding = one(check_queues)
    assert "the queue high (1), and no worker takes from it" in finding.sentence
    assert "-Q high" in finding.remedy


def test_a_long_wait_is_said() -> None:
    node("worker@one", queues=["high"])
    make_job(State.WAITING, published_at=timezone.now() - HOUR)
    assert "The oldest job in the queue high has waited for" in one(check_queues).sentence


def test_where_nothing_waits_for_long_the_longest_wait_of_each_queue_is_said() -> None:
    node("worker@one", queues=["high", "low"])
    assert one(check_queues).sentence == (
        "No queue is paused, none waits for a worker, and no job has waited for long."
    )
    make_job(State.WAITING, published_at=timezone.now())
    make_job(State.WAITING, queue="low", ago=timedelta(minutes=2), published_at=timezone.now())
    finding = one(check_queues)
    assert finding.level is Level.OK
    assert re.search(r"The longest wait by queue: high 5 min \d\d s, low 2 min \d\d s\.", finding.sentence)


def test_a_paused_queue_is_said() -> None:
    QueueState.objects.create(name="low", paused=True)
    assert "low is paused" in one(check_queues).sentence


def test_schedules_that_cannot_run_and_late_ones_are_said() -> None:
    make_schedule(invalid="There is no such job.", next_slot=None)
    make_schedule(next_slot=timezone.now() - HOUR)
    invalid, late = check_schedules(timezone.now())
    assert "1 schedule cannot run" in invalid.sentence
    assert "1 schedule is late" in late.sentence
