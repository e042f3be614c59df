"""Every change of a schedule is a version, whoever makes it; slots say which one decided them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Calendar, Made, ScheduleOptions, ScheduleRule, ScheduleVersion, Slot
from tasks_app.schedules.planning import plan, with_rhythms
from tasks_app.schedules.versions.definition import definition_now, digest_of
from tasks_app.schedules.versions.recording import Stamp, record
from tasks_app.schedules.versions.unsaved import unsaved
from tasks_app.schedules.versions.wording import changes
from tests.clock.making import at, crontab, every, schedule

pytestmark = pytest.mark.django_db

NOW = at("2026-06-01 12:00")


def numbers(row):
    return list(
        ScheduleVersion.objects.filter(schedule=row.pk).order_by("number").values_list("number", "made")
    )


def last(row):
    return ScheduleVersion.objects.filter(schedule=row.pk).order_by("-number").first()


def changed_in_a_shell(row):
    PeriodicTask.objects.filter(pk=row.pk).update(description="Said anew")
    PeriodicTask.objects.get(pk=row.pk).save()


def changed_by_a_fixture(row, folder):
    file = folder / "changed.json"
    call_command("dumpdata", "django_celery_beat.periodictask", output=str(file))
    file.write_text(file.read_text().replace('"Nightly"', '"Daily"'))
    call_command("loaddata", str(file))


def changed_by_its_shared_timing(row):
    row.crontab.hour = "9"
    row.crontab.save()


def changed_by_its_rule(row):
    ScheduleRule.objects.create(schedule=row, on_day_off="skip")


@pytest.mark.parametrize(
    "change", [changed_in_a_shell, changed_by_a_fixture, changed_by_its_shared_timing, changed_by_its_rule]
)
def test_whoever_writes_makes_a_version(change, tmp_path):
    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"))
    tick(NOW)
    assert numbers(row) == [(1, Made.FOUND)]
    change(*[row, tmp_path][: change.__code__.co_argcount])
    tick(NOW + timedelta(seconds=1))
    tick(NOW + timedelta(seconds=2))
    assert numbers(row) == [(1, Made.FOUND), (2, Made.FOUND)]
    first, second = ScheduleVersion.objects.order_by("number")
    assert len(changes(first.definition, second.definition)) == 1
    assert ScheduleOptions.objects.get().version == 2


def test_what_changes_nothing_makes_no_version():
    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"), kwargs='{"a": 1, "b": 2}')
    tick(NOW)
    PeriodicTask.objects.get(pk=row.pk).save()
    PeriodicTask.objects.filter(pk=row.pk).update(kwargs='{ "b":2,"a":1 }')
    PeriodicTask.objects.get(pk=row.pk).save()
    tick(NOW + timedelta(seconds=1))
    assert numbers(row) == [(1, Made.FOUND)]


def test_slots_carry_the_version_that_decided_them():
    row = schedule(changed=NOW, crontab=crontab("*/5 * * * *"))
    tick(NOW)
    tick(NOW + timedelta(minutes=5))
    PeriodicTask.objects.filter(pk=row.pk).update(description="Said anew")
    PeriodicTask.objects.get(pk=row.pk).save()
    tick(NOW + timedelta(minutes=10))
    assert list(Slot.objects.order_by("moment").values_list("version", flat=True)) == [1, 2]


def test_an_edit_that_the_clock_finds_when_it_is_due_is_a_version_too():
    row = schedule(changed=NOW, crontab=crontab("*/5 * * * *"))
    tick(NOW)
    CrontabSchedule.objects.update(minute="*/2")  # tells nobody
    tick(NOW + timedelta(minutes=5))
    tick(NOW + timedelta(minutes=6))
    assert numbers(row) == [(1, Made.FOUND), (2, Made.FOUND)]
    assert last(row).definition["timing"]["crontab"]["minute"] == "*/2"


def test_an_only_run_that_is_over_is_a_version():
    row = schedule(changed=NOW, crontab=crontab("*/5 * * * *"), one_off=True)
    tick(NOW)
    tick(NOW + timedelta(minutes=5))
    assert numbers(row) == [(1, Made.FOUND), (2, Made.OVER)]
    assert (Slot.objects.get().version, last(row).definition["enabled"]) == (1, False)


def test_a_deleted_schedule_leaves_what_it_was():
    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"))
    tick(NOW)
    key = row.pk
    row.crontab.delete()  # and all that run by it
    tick(NOW + timedelta(seconds=1))
    tick(NOW + timedelta(seconds=2))
    assert list(ScheduleVersion.objects.filter(schedule=key).values_list("number", "made")) == [
        (2, Made.DELETED),
        (1, Made.FOUND),
    ]


def test_steps_of_one_person_in_one_transaction_are_one_version():
    person = get_user_model().objects.create_user("person")
    row = schedule(changed=NOW, crontab=crontab("0 8 * * *"))
    plan(row, NOW)
    for hour in ("9", "10"):
        CrontabSchedule.objects.update(hour=hour)
        plan(PeriodicTask.objects.get(), NOW + timedelta(seconds=1), Stamp(Made.EDITED, person, "Earlier"))
    assert numbers(row) == [(1, Made.FOUND), (2, Made.EDITED)]
    assert (last(row).definition["timing"]["crontab"]["hour"], last(row).why) == ("10", "Earlier")


def test_a_definition_is_whole():
    """Rows made of it say the same again."""
    calendar = Calendar.objects.create(name="France", country="FR")
    row = schedule(
        changed=NOW, crontab=crontab("0 8 * * 1-5"), priority=3, start_time=NOW, queue="low",
        kwargs='{"x": [1, 2]}', headers='{"h": 1}', description="Why",
    )  # fmt: skip
    ScheduleRule.objects.create(schedule=row, on_day_off="after", calendar=calendar, first_time=None)
    row = PeriodicTask.objects.get()
    definition = definition_now(row, None)
    assert json.loads(json.dumps(definition)) == definition
    again = definition_now(unsaved(definition), None)
    assert again == definition
    assert digest_of(again) == digest_of(definition)


def test_an_interval_keeps_from_where_it_is_counted():
    row = schedule(changed=NOW, interval=every(7, "minutes"))
    tick(NOW)
    assert last(row).definition["anchor"] == ScheduleOptions.objects.get().anchor.isoformat()
    assert row.pk


def test_versions_of_many_are_written_together(django_assert_num_queries):
    timing = crontab("0 8 * * *")
    for number in range(12):
        schedule(f"Number {number}", changed=NOW, crontab=timing)
    rows = with_rhythms(PeriodicTask.objects.all())
    plans = [ScheduleOptions(schedule=row, anchor=NOW) for row in rows]
    with django_assert_num_queries(2):  # what was there, and what is new
        record(plans, NOW)
    assert ScheduleVersion.objects.count() == 12
