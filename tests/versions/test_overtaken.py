"""A run that was due when its schedule was changed, and that no clock had taken: it runs, or says why not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Job, Made, ScheduleOptions, ScheduleVersion, Slot, SlotState
from tasks_app.schedules.causes import OVERTAKEN
from tasks_app.schedules.planning import plan
from tasks_app.schedules.undoing.putting_back import put_back
from tasks_app.schedules.versions.recording import Stamp
from tests.clock.making import at, crontab, edited, every, history, schedule

pytestmark = pytest.mark.django_db

NOW = at("2026-06-01 12:00")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def changed(row: PeriodicTask, moment: datetime, **fields: object) -> None:
    """By a page, which plans it in the transaction that saves it."""
    for name, value in fields.items():
        setattr(row, name, value)
    edited(row, moment)
    plan(row, moment, Stamp(Made.EDITED))


@pytest.fixture
def row() -> PeriodicTask:
    """Every five minutes; its first time is due, and no clock has looked yet."""
    made = schedule(changed=NOW, interval=every(5, "minutes"))
    tick(NOW)
    return made


@pytest.mark.parametrize("by_whom", ["a page", "a shell"])
def test_a_due_time_that_both_rhythms_have_runs_once(row: PeriodicTask, by_whom: str) -> None:
    if by_whom == "a page":
        changed(row, NOW + 5 * MINUTE + SECOND, interval=every(10, "minutes"), start_time=NOW - 5 * MINUTE)
    else:
        row.interval, row.start_time = every(10, "minutes"), NOW - 5 * MINUTE
        edited(row, NOW + 5 * MINUTE + SECOND)
    tick(NOW + 5 * MINUTE + 2 * SECOND)
    tick(NOW + 6 * MINUTE)
    assert history(row) == [(NOW + 5 * MINUTE, SlotState.QUEUED)]
    assert Job.objects.count() == 1
    assert ScheduleOptions.objects.get().next_slot == NOW + 15 * MINUTE


@pytest.mark.parametrize(
    "fields", [{"enabled": False}, {"interval": None, "crontab": "0 0 1 1 *"}], ids=["off", "another rhythm"]
)
def test_a_due_time_that_the_change_takes_away_says_so(row: PeriodicTask, fields: dict[str, object]) -> None:
    if "crontab" in fields:
        fields = fields | {"crontab": crontab("0 0 1 1 *")}
    changed(row, NOW + 5 * MINUTE + SECOND, **fields)
    tick(NOW + 6 * MINUTE)
    slot = Slot.objects.get()
    assert (slot.moment, slot.state, slot.cause) == (NOW + 5 * MINUTE, SlotState.SKIPPED, OVERTAKEN.code)
    assert slot.version == 1  # by which it was due
    assert not Job.objects.exists()


def test_what_a_shell_changed_between_two_steps_of_one_look_says_so(
    row: PeriodicTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    PeriodicTask.objects.update(crontab=crontab("0 0 1 1 *"), interval=None)
    monkeypatch.setattr("tasks_app.clock.tick.sync", lambda *args, **options: 0)
    tick(NOW + 5 * MINUTE + SECOND)
    slot = Slot.objects.get()
    assert (slot.moment, slot.cause, slot.version) == (NOW + 5 * MINUTE, OVERTAKEN.code, 1)


def test_a_change_that_leaves_the_rhythm_as_it_is_takes_nothing_away(row: PeriodicTask) -> None:
    changed(row, NOW + 5 * MINUTE + SECOND, description="It is looked at")
    tick(NOW + 5 * MINUTE + 2 * SECOND)
    assert history(row) == [(NOW + 5 * MINUTE, SlotState.QUEUED)]


def test_what_a_clock_decided_while_an_undo_waited_for_it_is_decided_once(row: PeriodicTask) -> None:
    """The undo took its moment before the clock's, and had its lock after it."""
    changed(row, NOW + MINUTE, interval=every(1, "minutes"))
    before = NOW + 5 * MINUTE - SECOND
    tick(before)
    tick(NOW + 5 * MINUTE)
    put_back(ScheduleVersion.objects.get(number=1), before, Stamp(Made.BACK))
    PeriodicTask.objects.update(date_changed=before)
    tick(NOW + 5 * MINUTE + SECOND)
    assert ScheduleOptions.objects.get().next_slot == NOW + 10 * MINUTE
    jobs = Slot.objects.exclude(job_id="").values_list("job_id", flat=True)
    assert Job.objects.count() == len(set(jobs)) == len(jobs)
