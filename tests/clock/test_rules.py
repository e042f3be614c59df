"""Schedules with a rule of ours as the clock lives them: calendars, moved runs, and what cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from tasks_app.clock.tick import tick
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import (
    AfterDowntime,
    Calendar,
    Job,
    ScheduleOptions,
    ScheduleRule,
    Slot,
    SlotState,
    State,
)
from tasks_app.monitor.health.work import check_schedules
from tests.clock.making import PARIS, at, crontab, every, history, schedule

pytestmark = pytest.mark.django_db

BEFORE = at("2027-04-28 12:00", PARIS)  # a Wednesday; 1 May 2027 is a Saturday, and a holiday anyway


def ruled(
    name: str = "Nightly", fields: str = "0 8 * * *", changed: Any = BEFORE, **rule: Any
) -> PeriodicTask:
    row = schedule(name, changed=changed, crontab=crontab(fields))
    ScheduleRule.objects.create(schedule=row, **rule)
    return row


def options(row: PeriodicTask) -> ScheduleOptions:
    return ScheduleOptions.objects.get(schedule=row)


def france(**values: Any) -> Calendar:
    return Calendar.objects.create(**{"name": "France", "country": "FR"} | values)


def test_a_day_off_is_left_out_and_makes_no_slot() -> None:
    row = ruled(on_day_off="skip", calendar=france())
    tick(BEFORE, starting=True)
    for day in range(7):
        tick(BEFORE + timedelta(days=day))
    assert [f"{moment.astimezone(BEFORE.tzinfo):%a %d}" for moment, _state in history(row)] == [
        "Thu 29", "Fri 30", "Mon 03", "Tue 04",
    ]  # fmt: skip


def test_runs_that_are_moved_onto_one_day_stay_two_and_keep_their_moments() -> None:
    row = ruled(on_day_off="after", calendar=france())
    tick(BEFORE, starting=True)
    tick(at("2027-04-30 08:00", PARIS))
    tick(at("2027-05-02 12:00", PARIS))  # nothing on the days off themselves
    assert options(row).next_slot == at("2027-05-03 08:00", PARIS)
    assert options(row).next_nominal == at("2027-05-01 08:00", PARIS)
    due = at("2027-05-03 08:00", PARIS)
    tick(due)
    slots = Slot.objects.filter(schedule=row, decided_at=due).order_by("moment")
    assert [(slot.moment, slot.due, slot.state) for slot in slots] == [
        (at("2027-05-01 08:00", PARIS), due, SlotState.QUEUED),
        (at("2027-05-02 08:00", PARIS), due, SlotState.QUEUED),
        (due, None, SlotState.QUEUED),
    ]
    jobs = {job.pk: job.scheduled_for for job in Job.objects.all()}
    assert [jobs[slot.job_id] for slot in slots] == [slot.moment for slot in slots]
    assert not any(slot.reason for slot in slots)  # none of them is late
    assert options(row).next_slot == at("2027-05-04 08:00", PARIS)


def test_a_run_moved_before_its_moment_is_one_slot_of_that_moment() -> None:
    row = ruled(fields="0 8 1 * *", on_day_off="before")
    tick(BEFORE, starting=True)
    for _ in range(2):
        tick(at("2027-04-30 08:00", PARIS))
    slot = Slot.objects.get(schedule=row)
    assert (slot.moment, slot.due) == (at("2027-05-01 08:00", PARIS), at("2027-04-30 08:00", PARIS))
    tick(at("2027-05-01 08:00", PARIS))
    assert Slot.objects.count() == 1
    assert options(row).next_slot == at("2027-06-01 08:00", PARIS)


@pytest.mark.parametrize(
    ("policy", "started", "state"),
    [("after", "2027-05-03 08:00:30", "done"), ("after", "2027-05-03 08:05", "late"),
     ("before", "2027-04-30 08:00:30", "done"), ("before", "2027-04-30 08:05", "late")],
)  # fmt: skip
def test_a_moved_run_is_late_by_when_it_was_due(policy: str, started: str, state: str) -> None:
    row = ruled(fields="0 8 1 * *", on_day_off=policy)
    tick(BEFORE, starting=True)
    tick(options(row).next_slot or BEFORE)
    job = Job.objects.get()
    job.state, job.started_at = State.SUCCEEDED, at(started, PARIS)
    slot_ended(job)
    assert Slot.objects.get().state == state


@pytest.mark.parametrize(
    ("policy", "ran"),
    [(AfterDowntime.ONCE, ["2027-05-04"]), (AfterDowntime.SKIP, ["2027-05-04"]),
     (AfterDowntime.EACH, ["2027-05-01", "2027-05-02", "2027-05-03", "2027-05-04"])],
)  # fmt: skip
def test_after_a_downtime_what_was_moved_counts_by_when_it_was_due(policy: str, ran: list[str]) -> None:
    row = ruled(on_day_off="after", calendar=france())
    tick(BEFORE, starting=True)
    tick(at("2027-04-30 08:00", PARIS))
    ScheduleOptions.objects.update(after_downtime=policy)
    tick(at("2027-05-04 08:00", PARIS))
    made = Slot.objects.filter(schedule=row, moment__gt=at("2027-04-30 09:00", PARIS)).exclude(job_id="")
    assert [f"{slot.moment.astimezone(BEFORE.tzinfo):%Y-%m-%d}" for slot in made.order_by("moment")] == ran


# --- what changes ------------------------------------------------------------------------------------


def planned(row: PeriodicTask) -> str:
    found = options(row).next_slot
    return f"{found.astimezone(BEFORE.tzinfo):%Y-%m-%d %H:%M}" if found else ""


def a_day_off_more(calendar: Calendar) -> None:
    calendar.days_off = "2027-04-29 – 2027-04-30 Bridge"
    calendar.save()


def many_rows(calendar: Calendar) -> None:
    Calendar.objects.filter(pk=calendar.pk).update(days_off="2027-04-29\n2027-04-30")


def a_fixture(calendar: Calendar, tmp_path: Any) -> None:
    path = tmp_path / "calendars.json"
    with path.open("w") as file:
        call_command("dumpdata", "tasks_app.calendar", stdout=file)
    path.write_text(path.read_text().replace('"days_off": ""', '"days_off": "2027-04-29\\n2027-04-30"'))
    call_command("loaddata", str(path), verbosity=0)


@pytest.mark.parametrize("change", ["save", "update", "fixture"])
def test_a_change_of_a_calendar_replans_all_that_use_it_whoever_writes_it(change: str, tmp_path: Any) -> None:
    calendar = france()
    users = [ruled(f"User {n}", on_day_off="skip", calendar=calendar) for n in range(3)]
    other = ruled("Other", on_day_off="skip")
    tick(BEFORE, starting=True)
    assert {planned(row) for row in [*users, other]} == {"2027-04-29 08:00"}
    beats = PeriodicTasks.last_change()
    if change == "fixture":
        a_fixture(calendar, tmp_path)
    else:
        {"save": a_day_off_more, "update": many_rows}[change](calendar)
    assert PeriodicTasks.last_change() == beats
    assert tick(BEFORE + timedelta(seconds=2)).synced == 3
    assert {planned(row) for row in users} == {"2027-05-03 08:00"}
    assert planned(other) == "2027-04-29 08:00"
    assert tick(BEFORE + timedelta(seconds=3)).synced == 0


def test_a_rule_that_is_written_alone_counts_at_once() -> None:
    row = schedule(changed=BEFORE, crontab=crontab("0 8 * * *"))
    tick(BEFORE, starting=True)
    assert planned(row) == "2027-04-29 08:00"
    ScheduleRule.objects.create(schedule=row, counted="day", nth=-1)
    tick(BEFORE + timedelta(seconds=1))
    assert planned(row) == "2027-04-30 08:00"
    ScheduleRule.objects.update(nth=-2)
    tick(BEFORE + timedelta(seconds=2))
    assert planned(row) == "2027-04-29 08:00"


def test_an_idle_look_asks_one_thing(django_assert_num_queries: Any) -> None:
    from tasks_app.schedules.planning import sync

    ruled(on_day_off="skip", calendar=france())
    sync(BEFORE, starting=True)
    with django_assert_num_queries(1):
        assert sync(BEFORE + timedelta(seconds=1)) == 0


def test_an_interval_and_a_moment_know_days_off_in_their_own_zone() -> None:
    auckland = at("2027-04-30 12:00", "Pacific/Auckland")  # a Friday
    row = schedule(changed=auckland, interval=every(6, "hours"))
    ScheduleRule.objects.create(schedule=row, on_day_off="skip", zone="Pacific/Auckland")
    tick(auckland, starting=True)
    tick(auckland + timedelta(hours=6))
    tick(auckland + timedelta(hours=12, seconds=1))
    assert options(row).next_slot == at("2027-05-03 00:00", "Pacific/Auckland")


# --- what cannot be ---------------------------------------------------------------------------------

IMPOSSIBLE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "always off": ({}, {"on_day_off": "skip", "calendar": "closed"}, "never comes"),
    "25th working day": ({}, {"counted": "working", "nth": 25}, "never comes"),
    "30 February counted": ({"fields": "0 8 28-31 2 *"}, {"counted": "day", "nth": 30}, "never comes"),
    "sixth Monday": ({"fields": "0 8 * * 1"}, {"counted": "weekday", "nth": 6}, "no more than 5"),
    "times that beat's row lacks": (
        {"fields": "0 3 * * *"}, {"every": 10, "first_time": "08:00", "last_time": "09:00"}, "never comes",
    ),
    "a country that vanished": ({}, {"on_day_off": "skip", "calendar": "ZZ"}, "country “ZZ”"),
    "a region that vanished": ({}, {"on_day_off": "skip", "calendar": "region"}, "no region of DE"),
    "a line that is no day": ({}, {"on_day_off": "skip", "calendar": "line"}, "Line 1 (“Christmas”)"),
}  # fmt: skip
BAD_CALENDARS: dict[str, dict[str, Any]] = {
    "closed": {"weekend": "1234567"},
    "ZZ": {"country": "ZZ"},
    "region": {"country": "DE", "region": "XX"},
    "line": {"days_off": "Christmas"},
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_be_followed_is_set_aside_with_a_sentence_that_doctor_counts(case: str) -> None:
    """Written past every check, as an older version or a database's own console would."""
    fields, rule, sentence = IMPOSSIBLE[case]
    calendar = rule.get("calendar")
    if calendar:
        row = Calendar.objects.create(name=calendar)
        Calendar.objects.filter(pk=row.pk).update(**BAD_CALENDARS[calendar])
    healthy = ruled("Healthy", on_day_off="skip")
    bad = schedule("Bad", changed=BEFORE, crontab=crontab(fields.get("fields", "0 8 * * *")))
    given = rule | ({"calendar": row} if calendar else {})
    ScheduleRule.objects.bulk_create([ScheduleRule(schedule=bad, **given)])
    tick(BEFORE, starting=True)
    tick(at("2027-04-29 08:00", PARIS))
    assert sentence in options(bad).invalid
    assert options(bad).next_slot is None
    assert Job.objects.filter(message__headers__periodic_task_name="Healthy").count() == 1
    assert options(healthy).invalid == ""
    assert "1 schedule cannot run" in " ".join(finding.sentence for finding in check_schedules(BEFORE))


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"counted": "day"}, "belong together"),
        ({"counted": "day", "nth": 0}, "belong together"),
        ({"nth": 2}, "belong together"),
        ({"every": 0, "first_time": "08:00", "last_time": "09:00"}, "1 to 1440"),
        ({"every": 15}, "1 to 1440"),
        ({"every": 15, "first_time": "22:00", "last_time": "06:00"}, "two schedules"),
        ({"on_day_off": "later"}, "not a valid choice"),
    ],
)
def test_a_rule_is_checked_as_it_is_saved_and_by_the_database(values: dict[str, Any], part: str) -> None:
    row = schedule(changed=BEFORE, crontab=crontab("0 8 * * *"))
    with pytest.raises(ValidationError) as error:
        ScheduleRule.objects.create(schedule=row, **values)
    assert part in " ".join(error.value.messages)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduleRule.objects.bulk_create([ScheduleRule(schedule=row, **values)])


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"country": "ZZ"}, "No public holidays are known"),
        ({"country": "DE", "region": "Bavaria"}, "no region of DE"),
        ({"weekend": "x"}, "not a valid choice"),
        ({"days_off": "Christmas 2027"}, "does not begin with a day"),
        ({"days_off": "2027-02-30"}, "There is no 2027-02-30"),
        ({"days_off": "29.2.2027 Leap"}, "There is no 29.2.2027"),
        ({"days_off": "2027-08-20 – 2027-08-02"}, "ends before it begins"),
        ({"days_off": "2020-01-01 – 2027-08-02"}, "longer than 366 days"),
        ({"days_off": "2027-08-02\n" * 2001}, "takes 2000"),
        ({"days_off": "2027-08-02", "days_on": "2027-08-01 – 2027-08-03"}, "2027-08-02 is a day off and"),
        ({"name": ""}, "cannot be blank"),
        ({"days_off": "9" * 10_000}, "does not begin with a day"),
    ],
)
def test_a_calendar_is_checked_as_it_is_saved_by_a_shell_too(values: dict[str, Any], part: str) -> None:
    with pytest.raises(ValidationError) as error:
        Calendar.objects.create(**{"name": "House"} | values)
    assert part in " ".join(error.value.messages)
    assert all(len(message) < 300 for message in error.value.messages)


def test_a_calendar_in_use_is_not_deleted_and_goes_when_nobody_uses_it() -> None:
    calendar = france()
    row = ruled(on_day_off="skip", calendar=calendar)
    with pytest.raises(ProtectedError):
        calendar.delete()
    row.delete()
    assert not ScheduleRule.objects.exists()
    calendar.delete()


def test_a_clock_that_was_ahead_plans_moved_runs_anew() -> None:
    from tasks_app.schedules.replanning import replan

    row = ruled(fields="0 8 1 * *", on_day_off="after")
    now = timezone.now()
    tick(BEFORE, starting=True)
    ahead = at("2027-07-15 12:00", PARIS)
    tick(ahead)
    assert planned(row) == "2027-08-02 08:00"
    assert replan(BEFORE) == 1
    assert planned(row) == "2027-05-03 08:00"
    assert options(row).next_nominal == at("2027-05-01 08:00", PARIS)
    assert now <= timezone.now()
