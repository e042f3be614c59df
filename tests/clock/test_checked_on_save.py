"""What can never run is refused as it is saved; what comes past that is set aside, and `doctor` says so."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from tasks_app.clock.tick import tick
from tasks_app.models import ScheduleOptions
from tasks_app.monitor.health import Level
from tasks_app.monitor.health.work import check_schedules
from tests.clock.bad_rows import BAD, bad_row
from tests.clock.making import DEBUG_TASK, at, crontab, every, schedule
from tests.clock.test_pages import ALL, filled, sign_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MORNING = at("2026-06-01 08:00")
TEXTS = [
    ({"args": "[1"}, "not a JSON list"),
    ({"kwargs": "colour=blue"}, "not a JSON object"),
    ({"headers": "blue"}, "headers are not a JSON object"),
    ({"kwargs": '{"x": "\\u0000"}'}, "no database keeps"),
    ({"start_time": MORNING, "expires": MORNING}, "ends before it begins"),
    ({"interval": None}, "must be set"),  # beat's own
]


@pytest.mark.parametrize(("fields", "sentence"), TEXTS, ids=[str(fields) for fields, _said in TEXTS])
def test_a_shell_cannot_save_what_can_never_run(fields: dict[str, Any], sentence: str) -> None:
    row = {"name": "Bad", "task": DEBUG_TASK, "interval": every(1, "hours")} | fields
    with pytest.raises(ValidationError, match=sentence):
        PeriodicTask.objects.create(**row)
    assert not PeriodicTask.objects.exists()


@pytest.mark.parametrize(
    ("model", "fields", "sentence"),
    [
        (CrontabSchedule, {"minute": "99"}, "99"),
        (CrontabSchedule, {"day_of_month": "31", "month_of_year": "2"}, "31"),
        (CrontabSchedule, {"timezone": "Mars/Olympus"}, "no time zone that is known here"),
        (IntervalSchedule, {"every": 5, "period": ""}, "no unit"),
        (IntervalSchedule, {"every": 10, "period": "microseconds"}, "shorter than a second"),
        (IntervalSchedule, {"every": 0, "period": "hours"}, "shorter than a second"),
        (SolarSchedule, {"event": "tea_time", "latitude": 48, "longitude": 2}, "tea_time"),
    ],
)
def test_a_shell_cannot_save_a_timing_that_nobody_can_follow(
    model: Any, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        model.objects.create(**fields)
    assert not model.objects.exists()


def test_a_shell_cannot_switch_on_what_can_never_run_and_may_do_all_else_with_it() -> None:
    row = schedule("Bad", changed=MORNING, crontab=crontab("99 * * * *"), enabled=False)
    row.description = "To be mended"
    row.save()
    row.enabled = True
    with pytest.raises(ValidationError, match="99"):
        row.save()
    with pytest.raises(ValidationError, match="99"):
        row.save(update_fields=["enabled"])
    row.save(update_fields=["description"])
    row.crontab = crontab("9 * * * *")
    row.save()


def test_what_another_host_may_know_is_saved_and_told_by_the_clock() -> None:
    row = PeriodicTask.objects.create(name="New", task="projet.tasks.of_tomorrow", interval=every(1, "hours"))
    tick(timezone.now())
    assert "There is no job named" in ScheduleOptions.objects.get(schedule=row).invalid


def test_a_fixture_is_loaded_whole_and_what_is_wrong_in_it_is_told(tmp_path: Path) -> None:
    """Django's own format, rows as they are: one that is refused would take the others with it."""
    rows = [
        {"model": "django_celery_beat.crontabschedule", "pk": 901, "fields": {"minute": "99"}},
        {"model": "django_celery_beat.intervalschedule", "pk": 901, "fields": {"every": 1, "period": "days"}},
        _of_fixture(901, "Bad", {"crontab": 901}),
        _of_fixture(902, "No list", {"interval": 901, "args": "[1"}),
        _of_fixture(903, "Well", {"interval": 901}),
    ]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    call_command("loaddata", tmp_path / "rows.json", verbosity=0)
    tick(timezone.now())
    invalid = dict(ScheduleOptions.objects.values_list("schedule__name", "invalid"))
    assert [name for name, problem in sorted(invalid.items()) if problem] == ["Bad", "No list"]
    [finding] = check_schedules(timezone.now())
    assert finding.level is Level.DEGRADED
    assert finding.sentence == "2 schedules cannot run."


def _of_fixture(key: int, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    changed = (timezone.now() - timedelta(hours=1)).isoformat()
    given = {"name": name, "task": DEBUG_TASK, "date_changed": changed} | fields
    return {"model": "django_celery_beat.periodictask", "pk": key, "fields": given}


@pytest.mark.parametrize("what", ["a minute that is none", "arguments that are no JSON", "no unit"])
def test_what_can_never_run_is_not_switched_on_by_its_page_which_says_why(what: str, client: Client) -> None:
    sign_in(client, *ALL)
    row = bad_row(BAD[what])
    PeriodicTask.objects.filter(pk=row.pk).update(enabled=False)
    tick(MORNING, starting=True)
    asked = client.get(url("switch", row)).content.decode()
    assert ScheduleOptions.objects.get(pk=row.pk).said in asked or "Left alone" in asked
    client.post(url("switch", row), {"turn_on": "True"})
    row = PeriodicTask.objects.defer("args").get(pk=row.pk)
    assert not row.enabled


def test_a_shell_may_write_numbers_where_texts_are_kept() -> None:
    row = CrontabSchedule.objects.create(minute=30, hour=6, day_of_week=1)
    row.refresh_from_db()
    assert (row.minute, row.hour, row.day_of_week) == ("30", "6", "1")
    with pytest.raises(ValidationError, match="61"):
        CrontabSchedule.objects.create(minute=61, hour=6)


def test_a_shell_may_write_numbers_and_moments_as_texts() -> None:
    sunrise = SolarSchedule.objects.create(event="sunrise", latitude="48.85", longitude="2.35")
    soon = {"start_time": "2026-06-01 08:00+00:00", "expires": "2026-07-01T08:00:00Z"}
    PeriodicTask.objects.create(name="Sunny", task=DEBUG_TASK, solar=sunrise, **soon)
    hourly = IntervalSchedule.objects.create(every="1", period="hours")
    PeriodicTask.objects.create(name="Hourly", task=DEBUG_TASK, interval=hourly)
    with pytest.raises(ValidationError, match="ends before it begins"):
        PeriodicTask.objects.create(
            name="Backwards",
            task=DEBUG_TASK,
            interval=hourly,
            expires=MORNING,
            start_time="2026-07-01 08:00Z",
        )


def test_a_page_whose_form_is_refused_says_what_the_schedule_is(admin_client: Client) -> None:
    """The rhythm is valid, so that a row was made of it; the job's form lacks its recipient."""
    letter = {"task": "tasks_app.tasks.envoi_email", "kwargs": '{"destinataire_id": 1}', "enabled": False}
    row = schedule("Nightly", changed=MORNING, interval=every(1, "hours"), **letter)
    answer = admin_client.post(url("change", row), filled(name="Another", kind="every", enabled="on"))
    assert answer.status_code == 200
    shown = answer.context["schedule"]
    assert (shown.name, shown.enabled) == ("Nightly", False)
    assert answer.context["schedule_form"]["name"].value() == "Another"
