"""What stands against a run that is due: what still goes on, groups, failures; and who is late."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django_celery_beat.models import PeriodicTask

from tasks_app import catalogue
from tasks_app.clock.tick import tick
from tasks_app.ledger import transitions
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import (
    Between,
    IfRunning,
    Job,
    ScheduleGroup,
    ScheduleOptions,
    SchedulePause,
    SchedulePolicy,
    Slot,
    SlotState,
    State,
)
from tests.clock.hourly import HOUR, MORNING, end, end_all, hourly, paused, quiet, states
from tests.clock.making import DEBUG_TASK, every, schedule

pytestmark = pytest.mark.django_db


# --- What still goes on -----------------------------------------------------------------------------


def mind(row: PeriodicTask, rule: str, **more: Any) -> PeriodicTask:
    SchedulePolicy.objects.update_or_create(schedule=row, defaults={"if_running": rule, **more})
    return row


def test_runs_go_beside_each_other_unless_a_policy_says_otherwise() -> None:
    row = hourly()
    for hours in (1, 2, 3):
        tick(MORNING + hours * HOUR)
    assert states(row) == dict.fromkeys((1, 2, 3), SlotState.QUEUED)


def test_a_run_is_skipped_while_the_last_one_goes_on() -> None:
    row = mind(hourly(), IfRunning.SKIP)
    for hours in (1, 2):
        tick(MORNING + hours * HOUR)
    end_all()
    tick(MORNING + 3 * HOUR)
    assert states(row) == {1: SlotState.DONE, 2: SlotState.SKIPPED, 3: SlotState.QUEUED}
    assert "still going" in Slot.objects.get(state=SlotState.SKIPPED).reason_text


def test_one_run_waits_for_the_end_of_the_last_and_no_more_than_one() -> None:
    row = mind(hourly(), IfRunning.WAIT)
    for hours in (1, 2, 3):
        tick(MORNING + hours * HOUR)
    assert states(row) == {1: SlotState.QUEUED, 2: SlotState.HELD, 3: SlotState.SKIPPED}
    end_all()
    tick(MORNING + 3.5 * HOUR)
    assert states(row) == {1: SlotState.DONE, 2: SlotState.QUEUED, 3: SlotState.SKIPPED}


def test_an_idle_look_at_a_run_that_waits_writes_nothing(django_assert_num_queries: Any) -> None:
    mind(hourly(), IfRunning.WAIT)
    for hours in (1, 2):
        tick(MORNING + hours * HOUR)
    before = Slot.objects.get(state=SlotState.HELD)
    tick(MORNING + 2.5 * HOUR)
    after = Slot.objects.get(state=SlotState.HELD)
    assert (before.held_until, before.reason) == (after.held_until, after.reason)


@pytest.mark.parametrize("running", [True, False])
def test_the_next_run_stops_the_last_one_and_waits_until_it_has_ended(running: bool) -> None:
    row = mind(hourly(), IfRunning.STOP)
    tick(MORNING + HOUR)
    first = Job.objects.get()
    if running:
        Job.objects.update(available_at=MORNING)
        assert transitions.claim(first.pk, "token", "worker")
    tick(MORNING + 2 * HOUR)
    first.refresh_from_db()
    if running:
        assert first.cancel_asked_at is not None
        assert "made way" in first.said
        assert states(row) == {1: SlotState.QUEUED, 2: SlotState.HELD}
        end(first, State.CANCELLED)
    assert Job.objects.get(pk=first.pk).state == State.CANCELLED
    tick(MORNING + 2.1 * HOUR)
    assert states(row) == {1: SlotState.SKIPPED, 2: SlotState.QUEUED}


def test_a_run_of_unknown_outcome_is_over() -> None:
    row = mind(hourly(), IfRunning.SKIP)
    tick(MORNING + HOUR)
    Job.objects.update(state=State.UNKNOWN)
    tick(MORNING + 2 * HOUR)
    assert states(row) == {1: SlotState.QUEUED, 2: SlotState.QUEUED}


def test_of_a_group_one_runs_at_a_time_and_who_waits_longest_is_next() -> None:
    group = ScheduleGroup.objects.create(name="Exports")
    rows = [mind(hourly(name), IfRunning.WAIT if name == "B" else "", group=group) for name in "ABC"]
    tick(MORNING + HOUR)
    going = []
    for step in range(3):
        open_ones = Slot.objects.filter(state=SlotState.QUEUED)
        assert open_ones.count() == 1
        going.append(open_ones.get().schedule_name)
        end_all()
        tick(MORNING + HOUR + timedelta(seconds=step + 1))
    assert going == ["A", "B", "C"]
    assert [states(row) for row in rows] == [{1: SlotState.DONE}] * 3
    tick(MORNING + 2 * HOUR)
    waiting = Slot.objects.filter(state=SlotState.HELD)
    assert all("of their group one runs" in slot.reason_text for slot in waiting)
    assert waiting.count() == 2


def test_a_newcomer_of_a_group_does_not_overtake_one_that_waits() -> None:
    group = ScheduleGroup.objects.create(name="Exports")
    first, second = (mind(hourly(name), "", group=group) for name in "AB")
    third = schedule("C", changed=MORNING, interval=every(90, "minutes"))
    mind(third, "", group=group)
    tick(MORNING + HOUR)  # A runs, B waits
    end_all()
    tick(MORNING + 1.5 * HOUR)  # C is due as A has ended
    assert states(second) == {1: SlotState.QUEUED}
    assert states(third) == {1.5: SlotState.HELD}
    assert states(first) == {1: SlotState.DONE}


# --- Failures, lateness, retries ----------------------------------------------------------------------


def fail_hourly(hours: range, state: State = State.FAILED) -> None:
    for hour in hours:
        tick(MORNING + hour * HOUR)
        end_all(state)


def test_a_schedule_that_keeps_failing_is_paused_and_resumed_it_may_fail_as_often_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = MORNING
    monkeypatch.setattr("tasks_app.db.shared_time.now", lambda: now)
    row = mind(hourly(), "", most_failures=3)
    for hour in range(1, 8):
        now = MORNING + hour * HOUR
        tick(now)
        end_all(State.SUCCEEDED if hour == 3 else State.FAILED)  # two failures, then a success
    pause = SchedulePause.objects.get()
    assert (pause.failures, pause.until) == (3, None)
    assert states(row)[7] == SlotState.SKIPPED  # 4, 5 and 6 failed
    assert "last 3 runs failed" in Slot.objects.get(moment=MORNING + 7 * HOUR).reason_text
    SchedulePause.objects.update(ended_at=now)
    for hour in (8, 9):
        now = MORNING + hour * HOUR
        tick(now)
        end_all(State.FAILED)
    assert SchedulePause.objects.count() == 1
    now = MORNING + 10 * HOUR
    tick(now)
    end_all(State.FAILED)
    assert SchedulePause.objects.count() == 2


def test_failures_that_were_repaired_do_not_count() -> None:
    row = mind(hourly(), "", most_failures=2)
    fail_hourly(range(1, 2))
    Job.objects.update(repaired_at=MORNING)
    fail_hourly(range(2, 3))
    assert not SchedulePause.objects.filter(schedule=row).exists()


@pytest.mark.parametrize(
    ("policy", "delay", "took", "state", "said"),
    [
        ({}, 5, 600, SlotState.DONE, ""),
        ({}, 90, 10, SlotState.LATE, ""),
        ({"late_after": 5}, 90, 10, SlotState.DONE, ""),
        ({"late_after": 5}, 301, 10, SlotState.LATE, ""),
        ({"too_long_after": 10}, 5, 600, SlotState.DONE, ""),
        ({"too_long_after": 10}, 5, 601, SlotState.DONE, "ran for 11 minutes"),
        ({"too_long_after": 10}, 90, 601, SlotState.LATE, "ran for 11 minutes"),
    ],
)
def test_late_is_told_apart_from_too_long(
    policy: dict[str, int], delay: int, took: int, state: str, said: str
) -> None:
    mind(hourly(), "", **policy)
    tick(MORNING + HOUR)
    job = Job.objects.get()
    job.state, job.started_at = State.SUCCEEDED, MORNING + HOUR + timedelta(seconds=delay)
    job.ended_at = job.started_at + timedelta(seconds=took)
    slot_ended(job)
    slot = Slot.objects.get()
    assert slot.state == state
    assert (said in slot.reason_text) if said else not slot.reason_text


def test_a_run_that_was_held_back_is_not_late_for_that() -> None:
    hourly()
    quiet(between=Between.ONCE)
    tick(MORNING + HOUR)
    tick(MORNING + 2.5 * HOUR)
    job = Job.objects.get()  # of 10:00, which stands for 09:00 too
    job.state, job.started_at, job.ended_at = State.SUCCEEDED, MORNING + 2.5 * HOUR, MORNING + 2.6 * HOUR
    slot_ended(job)
    assert Slot.objects.get(job_id=job.pk).state == SlotState.DONE


def test_a_change_of_a_policy_is_in_the_digest_and_moves_no_run() -> None:
    row = hourly()
    before = ScheduleOptions.objects.get()
    mind(row, IfRunning.SKIP)
    assert tick(MORNING + 0.1 * HOUR).synced == 1
    after = ScheduleOptions.objects.get()
    assert after.definition != before.definition
    assert after.next_slot == before.next_slot
    assert tick(MORNING + 0.2 * HOUR).synced == 0
    SchedulePolicy.objects.update(if_running=IfRunning.WAIT)  # many at once, by a shell
    assert tick(MORNING + 0.3 * HOUR).synced == 1


def test_a_pause_or_a_quiet_period_has_no_schedule_worked_out_anew() -> None:
    row = hourly()
    paused(row, 1, 2)
    quiet()
    assert tick(MORNING + 0.1 * HOUR).synced == 0


def test_however_many_are_due_what_stands_against_them_is_asked_at_once(
    django_assert_max_num_queries: Any,
) -> None:
    rule = every(1, "hours")
    group = ScheduleGroup.objects.create(name="Exports")
    for number in range(30):
        row = schedule(f"Number {number}", changed=MORNING, interval=rule)
        mind(row, [IfRunning.SKIP, IfRunning.WAIT, IfRunning.STOP][number % 3], most_failures=3)
        if number % 5 == 0:
            mind(row, "", group=group)
        if number % 7 == 0:
            paused(row, 0, 0.5)
    quiet("Low", queue="low")
    tick(MORNING)
    with django_assert_max_num_queries(45):
        tick(MORNING + HOUR)


def test_the_catalogue_says_whom_force_may_stop() -> None:
    """The sentence of a policy, and what is done, follow from the one declaration."""
    from tasks_app.schedules.policies.words import sentences

    row = mind(hourly(), IfRunning.STOP)
    row = PeriodicTask.objects.get(pk=row.pk)
    kind = catalogue.kind_of(row.task)
    said = " ".join(sentences(row))
    assert ("by force" in said) == bool(kind and kind.stop_by_force)


def test_a_policy_says_how_often_a_run_is_tried_again() -> None:
    mind(hourly(), "", retries=0)
    tick(MORNING + HOUR)
    headers = Job.objects.get().message["headers"]
    assert headers["job_most_retries"] == 0
    task = current_app.tasks[DEBUG_TASK]
    task.push_request(id="x", retries=0, called_directly=False, job_most_retries=headers["job_most_retries"])
    try:
        with pytest.raises(ZeroDivisionError):
            task.retry(exc=ZeroDivisionError())
    finally:
        task.pop_request()


@pytest.mark.parametrize("value", ["soon", -1, 2.5])
def test_a_header_of_a_schedule_that_is_no_number_is_refused_before_it_runs(value: object) -> None:
    row = hourly(headers=json.dumps({"job_late_after": value}))
    tick(MORNING + HOUR)
    assert not Job.objects.exists()
    assert states(row) == {1: SlotState.SKIPPED}
