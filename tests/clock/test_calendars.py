"""Calendars: their pages, what is read of a file, and which days they have as worked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.ics import read_ics
from tasks_app.calendars.own_days import read, written
from tasks_app.calendars.working_days import MONDAY_TO_FRIDAY, WorkingDays
from tasks_app.models import Calendar, ScheduleRule
from tests.clock.making import crontab, schedule
from tests.clock.ruled import french_holidays
from tests.clock.test_pages import sign_in

ADD = reverse("admin:tasks_app_calendar_add")
LIST = reverse("admin:tasks_app_calendar_changelist")
TODAY = date(2026, 11, 29)

# --- which days are worked --------------------------------------------------------------------------


def test_french_holidays_are_those_of_the_law() -> None:
    france = WorkingDays(country="FR")
    for year in range(2020, 2041):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        off = {day for day in days if day not in france and day.isoweekday() < 6}
        assert off == {day for day in french_holidays(year) if day.isoweekday() < 6 and day in days}, year


@pytest.mark.parametrize(
    ("days", "day", "worked"),
    [
        (WorkingDays(country="EG"), date(2026, 11, 27), False),  # a Friday
        (WorkingDays(country="EG"), date(2026, 11, 29), True),  # a Sunday
        (WorkingDays(country="CN"), date(2025, 10, 11), True),  # a Saturday worked for a holiday
        (WorkingDays(country="DE", region="BY"), date(2026, 1, 6), False),
        (WorkingDays(country="DE", region="BE"), date(2026, 1, 6), True),
        (WorkingDays(country="US"), date(2026, 7, 3), False),  # Independence Day, as it is observed
        (WorkingDays(country="FR", on=frozenset({date(2026, 12, 25)})), date(2026, 12, 25), True),
        (WorkingDays(country="FR", off=frozenset({date(2026, 12, 24)})), date(2026, 12, 24), False),
        (WorkingDays(frozenset(), "FR"), date(2026, 11, 29), True),  # no day of the week is off
        (WorkingDays(frozenset({7})), date(2026, 11, 28), True),
    ],
)
def test_a_day(days: WorkingDays, day: date, worked: bool) -> None:
    assert (day in days) is worked


def test_the_nearest_working_day_is_looked_for_within_a_year() -> None:
    assert MONDAY_TO_FRIDAY.nearest(date(2026, 11, 28), earlier=True) == date(2026, 11, 27)
    assert MONDAY_TO_FRIDAY.nearest(date(2026, 11, 28), earlier=False) == date(2026, 11, 30)
    assert MONDAY_TO_FRIDAY.nearest(date(2026, 11, 27), earlier=True) == date(2026, 11, 27)
    assert WorkingDays(frozenset(range(1, 8))).nearest(date(2026, 11, 28), earlier=False) is None
    assert WorkingDays(frozenset(range(1, 8))).nearest(date.max, earlier=False) is None


# --- own days as lines --------------------------------------------------------------------------------


def test_own_days_are_read_as_people_write_them() -> None:
    text = """
    24/12/2026 Réveillon
    2026-08-03 – 2026-08-21 Summer closing
    2026-08-03..2026-08-04: Stocktaking
    1.5.2027
    2026-12-24 au 2026-12-31   Fin  d’année
    2026-12-28 - Bridge
    """
    assert written(read(text)).splitlines() == [
        "2026-08-03 – 2026-08-04 Stocktaking",
        "2026-08-03 – 2026-08-21 Summer closing",
        "2026-12-24 Réveillon",
        "2026-12-24 – 2026-12-31 Fin d’année",
        "2026-12-28 - Bridge",
        "2027-05-01",
    ]
    assert read(written(read(text))) == read(text)


# --- ICS --------------------------------------------------------------------------------


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//x\n{body}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        ("DTSTART;VALUE=DATE:20261224\nSUMMARY:Christmas Eve", ["2026-12-24 Christmas Eve"]),
        (
            "DTSTART;VALUE=DATE:20270802\nDTEND;VALUE=DATE:20270814\nSUMMARY:Summer",
            ["2027-08-02 – 2027-08-13 Summer"],
        ),
        ("DTSTART:20261224T000000\nDTEND:20261225T000000\nSUMMARY:A day", ["2026-12-24 A day"]),
        ("DTSTART:20261224T140000\nDTEND:20261224T180000\nSUMMARY:Party", ["2026-12-24 Party"]),
        ("DTSTART;VALUE=DATE:20200102\nSUMMARY:Long ago", None),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\nSUMMARY:Never", None),
        (
            "DTSTART:20261224T000000Z\nRRULE:FREQ=DAILY;UNTIL=20261226T120000Z\nSUMMARY:Days",
            ["2026-12-24 Days", "2026-12-25 Days", "2026-12-26 Days"],
        ),
        ("DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED\nSUMMARY:Not at all", None),
        (
            "DTSTART;VALUE=DATE:20251224\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20261224\nSUMMARY:Eve",
            ["2025-12-24 Eve", "2027-12-24 Eve"],
        ),
    ],
)
def test_days_of_an_ics_file(event: str, lines: list[str] | None) -> None:
    if lines is None:
        with pytest.raises(InvalidCalendar, match="no day from last year on"):
            read_ics(ics(event), TODAY)
    else:
        assert [str(day) for day in read_ics(ics(event), TODAY)] == lines


def test_what_repeats_without_an_end_is_followed_for_ten_years() -> None:
    days = read_ics(ics("DTSTART;VALUE=DATE:20101224\nRRULE:FREQ=YEARLY\nSUMMARY:Eve"), TODAY)
    assert [day.first.year for day in days] == list(range(2025, 2036))


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "no ICS file"),
        (b"\x00\xff\xfe PK zip", "no ICS file"),
        (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:yesterday\r\nEND:VEVENT\r\nEND:VCALENDAR",
            "no ICS file",
        ),
        (b"x" * 1_000_001, "larger than 1000 kB"),
        (ics(), "no day from last year on"),
        (
            ics("DTSTART:20261224T000000\nRRULE:FREQ=SECONDLY\nSUMMARY:Bomb"),
            "“Bomb” is repeated within a day",
        ),
        (
            ics("DTSTART:20261224T000000\nRRULE:FREQ=YEARLY;BYSECOND=1,2\nSUMMARY:Bomb"),
            "repeated within a day",
        ),
        (ics("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY\nSUMMARY:Bomb"), "takes 2000"),
        (ics(*["DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY\nSUMMARY:Bomb"] * 200), "More than 100"),
        (b"<!DOCTYPE html><p>Sign in first</p>", "no ICS file"),
    ],
    ids=range(10),
)
def test_a_file_that_is_none_is_refused_with_a_sentence(content: bytes, part: str) -> None:
    with pytest.raises(InvalidCalendar) as error:
        read_ics(content, TODAY)
    assert part in str(error.value)


# --- pages --------------------------------------------------------------------------------


def filled(**values: Any) -> dict[str, Any]:
    return {
        "name": "House",
        "country": "FR",
        "region": "",
        "weekend": "",
        "days_off": "",
        "days_on": "",
    } | values


@pytest.mark.django_db
def test_a_calendar_is_added_with_own_days_and_those_of_a_file(admin_client: Client) -> None:
    file = SimpleUploadedFile(
        "days.ics", ics("DTSTART;VALUE=DATE:20270802\nDTEND;VALUE=DATE:20270814\nSUMMARY:Summer")
    )
    admin_client.post(ADD, filled(days_off="24/12/2026 Eve", ics=file))
    calendar = Calendar.objects.get()
    assert calendar.days_off.splitlines() == ["2026-12-24 Eve", "2027-08-02 – 2027-08-13 Summer"]
    page = admin_client.get(reverse("admin:tasks_app_calendar_change", args=[calendar.pk]))
    assert page.context["coming_days"]
    assert "France" in admin_client.get(LIST).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field", "part"),
    [
        ({"days_off": "Christmas"}, "days_off", "Line 1 (“Christmas”)"),
        ({"days_on": "2027-02-29"}, "days_on", "There is no 2027-02-29"),
        ({"region": "Bavaria", "country": "DE"}, "region", "BY"),
        ({"country": "ZZ"}, "country", "valid choice"),
        (
            {"days_off": "2027-01-04", "days_on": "2027-01-04"},
            "__all__",
            "a day off and a working day at once",
        ),
        ({"ics": SimpleUploadedFile("x.ics", b"no")}, "ics", "no ICS file"),
        ({"name": "x" * 101}, "name", "at most 100"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    values: dict[str, Any], field: str, part: str, admin_client: Client
) -> None:
    errors = admin_client.post(ADD, filled(**values)).context["adminform"].form.errors
    assert part in " ".join(errors[field])
    assert not Calendar.objects.exists()


@pytest.mark.django_db
def test_who_uses_it_is_listed_and_told_of_a_change_and_keeps_it_from_being_deleted(
    admin_client: Client,
) -> None:
    calendar = Calendar.objects.create(name="House")
    row = schedule("Reminder", changed=timezone.now(), crontab=crontab("0 8 * * *"))
    ScheduleRule.objects.create(schedule=row, on_day_off="skip", calendar=calendar)
    change = reverse("admin:tasks_app_calendar_change", args=[calendar.pk])
    assert "Reminder" in admin_client.get(change).content.decode()
    told = admin_client.post(change, filled(days_off="2027-01-04"), follow=True).content.decode()
    assert "The next run of 1 schedule that uses it is worked out anew." in told
    admin_client.post(reverse("admin:tasks_app_calendar_delete", args=[calendar.pk]), {"post": "yes"})
    assert Calendar.objects.filter(pk=calendar.pk).exists()


@pytest.mark.django_db
def test_a_calendar_that_cannot_be_read_any_more_is_shown_and_can_be_mended(admin_client: Client) -> None:
    calendar = Calendar.objects.create(name="House")
    Calendar.objects.filter(pk=calendar.pk).update(country="ZZ", days_off="someday")
    change = reverse("admin:tasks_app_calendar_change", args=[calendar.pk])
    assert "No public holidays are known" in admin_client.get(change).content.decode()
    assert "No public holidays are known" in admin_client.get(LIST).content.decode()
    admin_client.post(change, filled())
    calendar.refresh_from_db()
    assert (calendar.country, calendar.days_off) == ("FR", "")


@pytest.mark.django_db
def test_who_may_only_look_sees_its_days_and_changes_nothing(client: Client) -> None:
    sign_in(client, "tasks_app.view_calendar")
    calendar = Calendar.objects.create(name="House", country="FR", days_off="2027-01-04 Stocktaking")
    change = reverse("admin:tasks_app_calendar_change", args=[calendar.pk])
    page = client.get(change).content.decode()
    assert "2027-01-04 Stocktaking" in page
    assert 'type="file"' not in page
    assert client.post(change, filled(name="Changed")).status_code == 403
    assert client.get(ADD).status_code == 403
    assert client.get(LIST).status_code == 200
