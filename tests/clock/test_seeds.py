"""Seeded schedules are put there once; what people do to them is never undone."""

from __future__ import annotations

import json

import pytest
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import ScheduleOptions
from tasks_app.schedules.job_of_schedule import problem_of
from tasks_app.schedules.seeds import FILE, from_file, seed
from tests.clock.making import at

pytestmark = pytest.mark.django_db

CLEANUP = "cleanup-results-hourly"


def test_settings_and_fixtures_are_seeded():
    created = seed()
    assert CLEANUP in created
    assert set(json.loads(FILE.read_text())) < set(created)
    hourly = PeriodicTask.objects.get(name=CLEANUP)
    assert (hourly.task, hourly.interval.every, hourly.interval.period) == (
        "tasks_app.tasks.cleanup_results",
        3600,
        "seconds",
    )


def test_every_seeded_schedule_can_run():
    seed()
    assert {row.name: problem_of(row) for row in PeriodicTask.objects.all()} == dict.fromkeys(
        PeriodicTask.objects.values_list("name", flat=True)
    )


def test_an_edit_survives_a_restart():
    seed()
    row = PeriodicTask.objects.get(name=CLEANUP)
    row.interval.every = 60
    row.interval.save()
    row.enabled = False
    row.save()
    assert seed() == []
    tick(at("2026-06-01 08:00"), starting=True)
    row.refresh_from_db()
    assert (row.enabled, row.interval.every) == (False, 60)
    assert ScheduleOptions.objects.get(schedule=row).next_slot is None


@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_what_a_person_deleted_or_renamed_does_not_come_back(change):
    seed()
    row = PeriodicTask.objects.get(name=CLEANUP)
    if change == "deleted":
        row.delete()
    else:
        row.name = "Every hour"
        row.save()
    assert seed() == []
    assert not PeriodicTask.objects.filter(name=CLEANUP).exists()


def test_a_name_that_a_person_used_before_is_theirs():
    seed()
    row = PeriodicTask.objects.get(name=CLEANUP)
    PeriodicTask.objects.exclude(pk=row.pk).delete()
    from tasks_app.models import SeededSchedule

    SeededSchedule.objects.all().delete()
    row.task = "projet.celery.debug_task"
    row.save()
    assert CLEANUP not in seed()
    row.refresh_from_db()
    assert row.task == "projet.celery.debug_task"


def test_the_file_takes_crontabs_and_periods(tmp_path):
    file = tmp_path / "schedules.json"
    entry = {"task": "projet.celery.debug_task"}
    file.write_text(
        json.dumps(
            {"a": entry | {"schedule": {"crontab": "0 7 * * 1"}}, "b": entry | {"schedule": {"every": 90}}}
        )
    )
    entries = from_file(file)
    assert (entries["a"]["schedule"].hour, entries["a"]["schedule"].day_of_week) == ({7}, {1})
    assert entries["b"]["schedule"].run_every.total_seconds() == 90
