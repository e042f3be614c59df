"""The form of a rhythm in words: each kind becomes rows and comes back; a phrase is seen before it counts."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.models import Calendar, ScheduleOptions, ScheduleRule
from tasks_app.schedules.rhythm import words
from tests.clock.making import crontab, schedule
from tests.clock.test_pages import ADD, ALL, filled, sign_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PREVIEW = reverse("admin:django_celery_beat_periodictask_preview")
PARIS_SUN = {"event": "sunrise", "latitude": "48.8566", "longitude": "2.3522"}

# What is filled in, and the words of what was saved.
KINDS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "working", "time": "08:00"}, "Every working day at 08:00 (House)"),
    ({"kind": "working", "time": "08:00", "months": ["1", "2"]},
     "Every working day at 08:00, in January and February only (House)"),
    ({"kind": "daily", "on_day_off": "before"},
     "Every day at 07:30; on a day off, on the working day before (House)"),
    ({"kind": "weekly", "weekdays": ["1", "5"], "on_day_off": "skip"},
     "Every Monday and Friday at 07:30, but not on days off (House)"),
    ({"kind": "monthly", "day": "15", "on_day_off": "after"},
     "On day 15 of the month at 07:30; on a day off, on the working day after (House)"),
    ({"kind": "nth", "position": "-1", "counted": "working"},
     "On the last working day of the month at 07:30 (House)"),
    ({"kind": "nth", "position": "-2", "counted": "day"}, "On the second to last day of the month at 07:30"),
    ({"kind": "nth", "position": "3", "counted": "day"}, "On the third day of the month at 07:30"),
    ({"kind": "nth", "position": "2", "counted": "2"}, "On the second Tuesday of the month at 07:30"),
    ({"kind": "nth", "position": "5", "counted": "0"}, "On the fifth Sunday of the month at 07:30"),
    ({"kind": "nth", "position": "-3", "counted": "4"},
     "On the third to last Thursday of the month at 07:30"),
    ({"kind": "nth", "position": "-1", "counted": "5", "months": ["3"], "on_day_off": "skip"},
     "On the last Friday of the month at 07:30, in March only, but not on days off (House)"),
    ({"kind": "between", "step": "15", "from_time": "08:00", "until_time": "18:00"},
     "Every day every 15 minutes from 08:00 to 18:00"),
    ({"kind": "between", "step": "7", "from_time": "08:05", "until_time": "09:59", "weekdays": ["1"]},
     "Every Monday every 7 minutes from 08:05 to 09:59"),
    ({"kind": "between", "step": "60", "from_time": "00:00", "until_time": "23:59", "on_day_off": "skip"},
     "Every working day every 60 minutes from 00:00 to 23:59 (House)"),
    ({"kind": "every", "number": "2", "on_day_off": "skip"}, "Every 2 hours, but not on days off (House)"),
    ({"kind": "sun", **PARIS_SUN}, "At sunrise at latitude 48.8566, longitude 2.3522"),
    ({"kind": "sun", **PARIS_SUN, "on_day_off": "skip"},
     "At sunrise at latitude 48.8566, longitude 2.3522, but not on days off (House)"),
    ({"kind": "crontab", "minute": "0", "hour": "8", "day_of_month": "1,15", "on_day_off": "after"},
     "On days 1 and 15 of the month at 08:00; on a day off, on the working day after (House)"),
]  # fmt: skip


@pytest.fixture
def house() -> Calendar:
    return Calendar.objects.create(name="House", country="FR")


@pytest.fixture
def staff(client: Client) -> Any:
    return sign_in(client, *ALL)


@pytest.mark.parametrize(("given", "sentence"), KINDS)
def test_each_kind_is_saved_told_and_comes_back_as_it_was(
    given: dict[str, Any], sentence: str, client: Client, staff: Any, house: Calendar
) -> None:
    client.post(f"{ADD}?job=debug_task", filled(**given, calendar=str(house.pk)))
    row = PeriodicTask.objects.select_related("rule__calendar").get()
    assert words(row).removesuffix(" (Europe/Paris)") == sentence
    before = ScheduleOptions.objects.get()
    assert (before.invalid, before.next_slot is None) == ("", False)
    page = client.get(url("change", row))
    form: ScheduleForm = page.context["schedule_form"]
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    assert shown["kind"] == given["kind"]
    again = {
        f"schedule-{name}": plain(value) for name, value in shown.items() if value not in (None, "", False)
    }
    client.post(url("change", row), again)
    after = ScheduleOptions.objects.get()
    assert (after.definition, after.next_slot) == (before.definition, before.next_slot)


def plain(value: Any) -> Any:
    """A field's initial value as its widget would send it."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return [str(one) for one in value] if isinstance(value, list) else str(value)


@pytest.mark.parametrize(
    ("given", "field", "part"),
    [
        ({"kind": "between", "step": "15", "from_time": "18:00", "until_time": "08:00"},
         "until_time", "two schedules"),
        ({"kind": "between", "step": "0", "from_time": "08:00", "until_time": "18:00"},
         "step", "greater than or equal"),
        ({"kind": "between", "step": "1441", "from_time": "08:00", "until_time": "18:00"},
         "step", "less than or equal"),
        ({"kind": "between", "step": "15", "from_time": "", "until_time": "18:00"}, "from_time", "needs it"),
        ({"kind": "sun", "event": "sunrise"}, "latitude", "needs it"),
        ({"kind": "sun", **PARIS_SUN, "latitude": "91"}, "latitude", "less than or equal"),
        ({"kind": "nth", "position": "6", "counted": "day"}, "position", "valid choice"),
        ({"kind": "monthly", "day": "31", "months": ["2", "4"]}, "kind", "never comes"),
        ({"kind": "monthly", "day": "32"}, "day", "less than or equal"),
        ({"kind": "daily", "zone": "Europe/Atlantis"}, "zone", "valid choice"),
        ({"kind": "working", "calendar": "999"}, "calendar", "valid choice"),
        ({"kind": "crontab", "minute": "0 0 8 * * 1-5"}, "minute", "cannot be read as minutes"),
        ({"kind": "daily", "phrase": "x" * 10_000}, "phrase", "200 characters at most"),
        ({"kind": "daily", "expires": "2020-01-01T00:00", "start_time": "2030-01-01T00:00"},
         "expires", "before"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(
    given: dict[str, Any], field: str, part: str, client: Client, staff: Any
) -> None:
    answer = client.post(f"{ADD}?job=debug_task", filled(**given))
    errors = answer.context["schedule_form"].errors
    assert part in " ".join(errors[field])
    assert not PeriodicTask.objects.exists()


def test_a_rhythm_that_its_calendar_never_lets_through_is_refused(client: Client, staff: Any) -> None:
    closed = Calendar.objects.create(name="Closed", weekend="67")
    answer = client.post(
        f"{ADD}?job=debug_task",
        filled(kind="weekly", weekdays=["0"], on_day_off="skip", calendar=str(closed.pk)),
    )
    assert "never comes" in " ".join(answer.context["schedule_form"].errors["kind"])


def test_a_rule_that_the_form_cannot_say_is_left_as_it_is(client: Client, staff: Any) -> None:
    row = schedule("Odd", changed=timezone.now(), crontab=crontab("0,30 8 * * *"))
    ScheduleRule.objects.create(schedule=row, counted="working", nth=12)
    assert client.get(url("change", row)).context["kind"] == "keep"
    client.post(url("change", row), filled(name="Odd, renamed", kind="keep"))
    rule = ScheduleRule.objects.get()
    assert (rule.counted, rule.nth, rule.schedule.name) == ("working", 12, "Odd, renamed")


def test_a_rule_goes_with_the_rhythm_that_it_was_for(client: Client, staff: Any) -> None:
    client.post(f"{ADD}?job=debug_task", filled(kind="nth", position="-1", counted="working"))
    row = PeriodicTask.objects.get()
    assert ScheduleRule.objects.count() == 1
    client.post(url("change", row), filled(kind="daily"))
    assert not ScheduleRule.objects.exists()
    client.post(url("change", row), filled(kind="working"))
    assert ScheduleRule.objects.get().on_day_off == "skip"


# --- phrases --------------------------------------------------------------------------------------------


def test_a_phrase_fills_in_the_fields_and_saves_nothing_until_it_was_seen(admin_client: Client) -> None:
    house = Calendar.objects.create(name="House", country="FR")
    said = "le dernier jour ouvré du mois à 18h30"
    page = admin_client.post(
        f"{ADD}?job=rapport_pdf:activity", filled(phrase=said) | {"period": "last_month", "format": "csv"}
    )
    assert not PeriodicTask.objects.exists()
    form = page.context["schedule_form"]
    assert not form.errors
    values = {
        name: form[name].value() for name in ("kind", "position", "counted", "time", "calendar", "phrase")
    }
    assert values == {"kind": "nth", "position": "-1", "counted": "working", "time": "18:30",
                      "calendar": str(house.pk), "phrase": ""}  # fmt: skip
    assert page.context["job_form"]["format"].value() == "csv"  # what else was filled in is kept
    assert page.context["words"].startswith("On the last working day of the month at 18:30 (House)")
    assert len(page.context["runs"]) == 10


def test_a_phrase_that_is_not_understood_says_so_and_leaves_the_fields(client: Client, staff: Any) -> None:
    page = client.post(f"{ADD}?job=debug_task", filled(phrase="every blursday", kind="weekly", name=""))
    form = page.context["schedule_form"]
    assert list(form.errors) == ["phrase"]
    assert (form["kind"].value(), form["phrase"].value()) == ("weekly", "every blursday")


def test_a_time_that_no_phrase_named_is_told(client: Client, staff: Any) -> None:
    page = client.post(f"{ADD}?job=debug_task", filled(phrase="every monday")).content.decode()
    assert "No time was named: it stays 07:30." in page


def test_the_preview_shows_what_a_phrase_would_be(client: Client, staff: Any) -> None:
    text = client.post(PREVIEW, filled(phrase="every 15 minutes between 8 and 18")).content.decode()
    assert "“every 15 minutes between 8 and 18” would be:" in text
    assert "Every day every 15 minutes from 08:00 to 18:00" in text
    assert not CrontabSchedule.objects.filter(minute="0,15,30,45").exists()


def test_an_edit_of_a_schedule_takes_a_phrase_too(client: Client, staff: Any) -> None:
    row = schedule("Mine", changed=timezone.now(), crontab=crontab("0 12 * * *"))
    page = client.post(url("change", row), filled(name="Mine", phrase="tous les lundis à 9h"))
    assert page.context["schedule_form"]["weekdays"].value() == ["1"]
    row.refresh_from_db()
    assert row.crontab.hour == "12"


# --- what each run covers -------------------------------------------------------------------------------


def runs_of(client: Client, **values: Any) -> list[dict[str, str]]:
    report = {name: values.pop(name) for name in ("period", "start", "end") if name in values}
    given = filled(**values) | {"format": "pdf", "language": "en"} | report
    found: list[dict[str, str]] = client.post(f"{PREVIEW}?job=rapport_pdf:activity", given).context["runs"]
    return found


def test_each_coming_run_says_which_days_it_covers_by_the_moment_it_stands_for(admin_client: Client) -> None:
    house = Calendar.objects.create(name="House", country="FR")
    values = {"kind": "monthly", "day": "1", "on_day_off": "before", "calendar": str(house.pk)}
    runs = runs_of(admin_client, start_time="2037-12-02T00:00", period="last_month", **values)
    assert (runs[0]["day"], runs[0]["covers"]) == ("Thu 31 Dec 2037", "December 2037")
    assert "Moved from Fri 1 Jan 2038, a day off." in runs[0]["note"]
    week = runs_of(
        admin_client, start_time="2038-01-04T00:00", period="last_working_week", kind="weekly", weekdays=["1"]
    )
    assert [run["covers"] for run in week[:2]] == ["28 December 2037 – 1 January 2038", "4–8 January 2038"]


def test_a_report_that_is_not_filled_in_covers_nothing_yet(admin_client: Client) -> None:
    assert {run["covers"] for run in runs_of(admin_client, period="custom")} == {""}


def test_a_saved_schedule_says_it_on_its_page(admin_client: Client) -> None:
    arguments = {"period": "yesterday", "start": "", "end": "", "format": "pdf", "language": "en"}
    admin_client.post(f"{ADD}?job=rapport_pdf:activity", filled(kind="daily") | arguments)
    page = admin_client.get(url("change", PeriodicTask.objects.get()))
    first = page.context["runs"][0]
    assert first["covers"]
    assert datetime.strptime(first["covers"], "%d %B %Y")  # noqa: DTZ007 - a day


def test_an_untouched_form_is_not_red(client: Client, staff: Any) -> None:
    form = client.get(f"{ADD}?job=debug_task").context["schedule_form"]
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {
        f"schedule-{name}": plain(value) for name, value in shown.items() if value not in (None, "", False)
    }
    for kind, _label in form.fields["kind"].choices:
        text = client.post(PREVIEW, sent | {"schedule-kind": kind}).content.decode()
        assert "text-red" not in text, kind
