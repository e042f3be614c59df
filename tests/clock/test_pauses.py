"""What keeps a run off for a while: pauses of a schedule, and quiet periods."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django_celery_beat.models import ClockedSchedule, PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import (
    Between,
    Job,
    QuietPeriod,
    ScheduleOptions,
    SchedulePause,
    Slot,
    SlotState,
)
from tasks_app.schedules.policies.windows import end_of_all, never_ends_with, next_begin, span_at
from tests.clock.hourly import HOUR, MORNING, hourly, paused, quiet, states
from tests.clock.making import DEBUG_TASK, PARIS, at, every, schedule

pytestmark = pytest.mark.django_db


# --- Pauses -----------------------------------------------------------------------------------------


def test_a_paused_schedule_skips_its_times_says_why_and_resumes_by_itself() -> None:
    row = hourly()
    paused(row, 0.5, 2.5)
    for hours in (1, 2, 3):
        tick(MORNING + hours * HOUR)
    assert states(row) == {1: SlotState.SKIPPED, 2: SlotState.SKIPPED, 3: SlotState.QUEUED}
    [said, _other] = [slot.reason_text for slot in Slot.objects.filter(state=SlotState.SKIPPED)]
    assert "month-end" in said
    assert "Paused until" in said


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        (Between.SKIP, {1: SlotState.SKIPPED, 2: SlotState.SKIPPED}),
        (Between.ONCE, {1: SlotState.SKIPPED, 2: SlotState.QUEUED}),
        (Between.EACH, {1: SlotState.QUEUED, 2: SlotState.QUEUED}),
    ],
)
@pytest.mark.parametrize("clock_is_there", [True, False])
def test_what_becomes_of_the_times_of_a_pause_is_as_chosen_though_no_clock_sees_its_end(
    between: str, expected: dict[float, str], clock_is_there: bool
) -> None:
    row = hourly()
    ScheduleOptions.objects.update(after_downtime="each")
    paused(row, 0.5, 2.5, between)
    for hours in (1, 2, 2.25) if clock_is_there else ():
        tick(MORNING + hours * HOUR)
        assert not Job.objects.exists()
    tick(MORNING + 2.75 * HOUR)
    assert states(row) == expected
    assert Job.objects.count() == list(expected.values()).count(SlotState.QUEUED)
    held = Slot.objects.filter(state=SlotState.QUEUED)
    assert all("month-end" in slot.reason_text for slot in held)  # why it ran later than its time


def test_a_pause_that_is_ended_early_lets_go_at_once_and_one_that_is_prolonged_holds_on() -> None:
    row = hourly()
    pause = paused(row, 0.5, 5, Between.ONCE)
    tick(MORNING + HOUR)
    SchedulePause.objects.filter(pk=pause.pk).update(until=MORNING + 9 * HOUR)  # by a shell
    tick(MORNING + 5.5 * HOUR)
    assert not Job.objects.exists()
    SchedulePause.objects.filter(pk=pause.pk).update(ended_at=MORNING + 5.75 * HOUR)
    tick(MORNING + 5.8 * HOUR)
    assert states(row) == dict.fromkeys((1, 2, 3, 4), SlotState.SKIPPED) | {5: SlotState.QUEUED}


def test_a_long_hold_lets_the_last_hundred_go_and_says_what_became_of_the_others() -> None:
    row = schedule(changed=MORNING, interval=every(1, "minutes"))
    tick(MORNING)
    paused(row, 0, 4, Between.EACH)
    for minute in range(1, 240):
        tick(MORNING + timedelta(minutes=minute))
    tick(MORNING + 4 * HOUR)
    assert Job.objects.count() == 101  # and that of 12:00 itself
    skipped = Slot.objects.filter(state=SlotState.SKIPPED)
    assert skipped.count() == 139
    assert all("last 100 run" in slot.reason_text for slot in skipped)
    assert not Slot.objects.filter(state=SlotState.HELD).exists()


def test_what_is_held_of_a_schedule_that_was_switched_off_or_deleted_does_not_run() -> None:
    rows = [hourly("Off"), hourly("Gone")]
    for row in rows:
        paused(row, 0.5, 1.5, Between.EACH)
    tick(MORNING + HOUR)
    PeriodicTask.objects.filter(name="Off").update(enabled=False)
    rows[1].delete()
    tick(MORNING + 1.6 * HOUR)
    assert not Job.objects.exists()
    assert {slot.cause for slot in Slot.objects.all()} == {"slot.switched_off", "slot.schedule_gone"}


def test_arguments_that_no_longer_fit_when_the_pause_ends_are_told_on_the_slot() -> None:
    row = hourly()
    paused(row, 0.5, 1.5, Between.EACH)
    tick(MORNING + HOUR)
    PeriodicTask.objects.filter(pk=row.pk).update(task="gone.task")
    tick(MORNING + 1.6 * HOUR)
    [slot] = Slot.objects.all()
    assert (slot.state, slot.job_id) == (SlotState.SKIPPED, "")
    assert "gone.task" in slot.reason_text


def test_a_one_off_that_is_held_runs_once_and_is_over() -> None:
    moment = ClockedSchedule.objects.create(clocked_time=MORNING + HOUR)
    row = schedule(changed=MORNING, clocked=moment, one_off=True)
    tick(MORNING)
    paused(row, 0.5, 2, Between.ONCE)
    tick(MORNING + HOUR)
    tick(MORNING + 1.5 * HOUR, starting=True)
    for hours in (2, 3, 4):
        tick(MORNING + hours * HOUR, starting=True)
    assert states(row) == {1: SlotState.QUEUED}
    row.refresh_from_db()
    assert not row.enabled


# --- Quiet periods ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        (Between.SKIP, {1: SlotState.SKIPPED, 2: SlotState.SKIPPED}),
        (Between.ONCE, {1: SlotState.SKIPPED, 2: SlotState.QUEUED}),
        (Between.EACH, {1: SlotState.QUEUED, 2: SlotState.QUEUED}),
    ],
)
def test_a_quiet_period_skips_or_holds_what_is_due_in_it(between: str, expected: dict[float, str]) -> None:
    row = hourly()
    quiet(between=between)
    for hours in (1, 2, 2.25):
        tick(MORNING + hours * HOUR)
        assert not Job.objects.exists()
    tick(MORNING + 2.5 * HOUR)
    assert states(row) == expected


@pytest.mark.parametrize(
    ("fields", "concerned"),
    [
        ({}, {"low", "high"}),
        ({"queue": "low"}, {"low"}),
        ({"kind": DEBUG_TASK}, {"low", "high"}),
        ({"kind": "tasks_app.tasks.rapport_pdf"}, set()),
        ({"enabled": False}, set()),
    ],
)
def test_a_quiet_period_is_of_the_house_of_a_queue_or_of_a_kind(
    fields: dict[str, Any], concerned: set[str]
) -> None:
    for queue in ("low", "high"):
        hourly(queue, queue=queue)
    quiet(**fields)
    tick(MORNING + HOUR)
    held = Slot.objects.filter(state=SlotState.HELD).values_list("schedule_name", flat=True)
    assert set(held) == concerned


def test_a_clock_that_comes_back_in_a_quiet_period_makes_up_for_nothing_until_it_ends() -> None:
    row = hourly()
    quiet(begins_at=MORNING + 3.1 * HOUR, ends_at=MORNING + 3.9 * HOUR)
    tick(MORNING + 3.5 * HOUR)
    assert not Job.objects.exists()
    tick(MORNING + 3.9 * HOUR)
    assert states(row) == {1: SlotState.MISSED, 2: SlotState.MISSED, 3: SlotState.QUEUED}


def test_what_is_held_by_one_quiet_period_does_not_run_into_the_next() -> None:
    row = hourly()
    quiet("First", begins_at=MORNING + 0.5 * HOUR, ends_at=MORNING + 1.5 * HOUR)
    quiet("Second", begins_at=MORNING + 1.4 * HOUR, ends_at=MORNING + 1.8 * HOUR)
    tick(MORNING + HOUR)
    assert Slot.objects.get().held_until == MORNING + 1.8 * HOUR
    tick(MORNING + 1.5 * HOUR)
    assert not Job.objects.exists()
    QuietPeriod.objects.filter(name="Second").delete()  # the clock sees that it is gone
    tick(MORNING + 1.6 * HOUR)
    assert states(row) == {1: SlotState.QUEUED}


NOON = {"from_time": time(12), "until_time": time(13)}
NIGHTS = {"from_time": time(22), "until_time": time(6), "zone": PARIS}


@pytest.mark.parametrize(
    ("fields", "moment", "span"),
    [
        (NIGHTS, "2026-06-01 23:00", ("2026-06-01 22:00", "2026-06-02 06:00")),
        (NIGHTS, "2026-06-02 05:59", ("2026-06-01 22:00", "2026-06-02 06:00")),
        (NIGHTS, "2026-06-02 06:00", None),
        (NIGHTS | {"weekdays": "6"}, "2026-06-07 01:00", ("2026-06-06 22:00", "2026-06-07 06:00")),
        (NIGHTS | {"weekdays": "6"}, "2026-06-07 23:00", None),
        # The night in which the clocks go on, and the one in which they go back.
        (NIGHTS, "2026-03-29 04:00", ("2026-03-28 22:00", "2026-03-29 06:00")),
        (NIGHTS, "2026-10-25 04:00", ("2026-10-24 22:00", "2026-10-25 06:00")),
        (NOON, "2026-06-01 12:30", ("2026-06-01 12:00", "2026-06-01 13:00")),
    ],
)  # fmt: skip
def test_the_span_of_a_quiet_period(
    fields: dict[str, Any], moment: str, span: tuple[str, str] | None
) -> None:
    row = QuietPeriod(name="Nights", **{"zone": PARIS} | fields)
    expected = tuple(at(one, PARIS) for one in span) if span else None
    assert span_at(row, at(moment, PARIS)) == expected


def test_quiet_periods_that_follow_one_another_for_ever_are_no_end() -> None:
    days = QuietPeriod(name="Days", from_time=time(6), until_time=time(22), zone=PARIS)
    nights = QuietPeriod(name="Nights", **NIGHTS)
    noon = at("2026-06-01 12:00", PARIS)
    assert end_of_all([days], noon) == at("2026-06-01 22:00", PARIS)
    assert end_of_all([days, nights], noon) is None
    assert not never_ends_with(days, [], noon)
    assert never_ends_with(days, [nights], noon)
    low = QuietPeriod(name="Low", queue="low", **NIGHTS)
    assert not never_ends_with(days, [low], noon)  # that of one queue leaves the others alone
    assert never_ends_with(low, [days], noon)  # but its own runs have both
    assert next_begin(nights, noon) == at("2026-06-01 22:00", PARIS)


def test_a_quiet_period_without_end_written_past_the_form_is_told_on_what_it_keeps_off() -> None:
    row = hourly()
    quiet("Day", from_time=time(0), until_time=time(0))
    tick(MORNING + HOUR)
    assert states(row) == {1: SlotState.SKIPPED}
    assert "never ends" in Slot.objects.get().reason_text


def test_a_quiet_period_whose_zone_vanished_holds_nothing_up() -> None:
    row = hourly()
    quiet("Nights", from_time=time(0), until_time=time(23))
    QuietPeriod.objects.update(zone="Mars/Olympus")
    tick(MORNING + HOUR)
    assert states(row) == {1: SlotState.QUEUED}
