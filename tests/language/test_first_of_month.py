"""French writes the first day of a month 1er wherever a date is rendered; no other day, no other language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import formats, translation
from django.utils.dateformat import DateFormat

from backoffice.emails.templating import dates
from backoffice.reports.formatting import shown
from backoffice.reports.periods import Period
from tasks_app.display import instant, moment, when
from tasks_app.notices import notice
from tasks_app.schedules.rhythm import words

pytestmark = pytest.mark.once

FIRST, OTHER = date(2019, 3, 1), date(2019, 3, 11)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)


def in_a_template(day: date) -> str:
    return Template('{{ day|date:"j F Y" }}').render(Context({"day": day}))


def crontab(day: date) -> str:
    row = SimpleNamespace(
        minute="0", hour="7", day_of_month=str(day.day), month_of_year="*", day_of_week="*",
        timezone=ZoneInfo("Europe/Paris"),
    )  # fmt: skip
    return words(SimpleNamespace(crontab=row))


def once(day: date) -> str:
    schedule = SimpleNamespace(crontab=None, interval=None, clocked=SimpleNamespace(clocked_time=at(day)))
    return words(schedule)


WRITTEN = {
    "a page's moment": lambda day: moment(at(day)),
    "an instant": lambda day: instant(at(day)),
    "a list's moment": lambda day: when(at(day)),
    "a template's date": in_a_template,
    "Django's own format": lambda day: formats.date_format(day, "DATE_FORMAT"),
    "a day with its weekday": lambda day: formats.date_format(day, "D j N Y"),
    "a report's cell": shown,
    "a report's moment": lambda day: shown(at(day)),
    "a period of a day": lambda day: str(Period(day, day)),
    "a period within a month": lambda day: str(Period(day, date(2019, 3, 20))),
    "a period over months": lambda day: str(Period(day, date(2019, 4, 20))),
    "an email": lambda day: dates.in_words(at(day), translation.get_language() or ""),
    "an email's long form": lambda day: dates.formatted(at(day), "%c", translation.get_language() or ""),
    "an email's own form": lambda day: dates.formatted(at(day), "%d %B", translation.get_language() or ""),
    "a notice's day": lambda day: notice.shown({"@day": day.isoformat()}),
    "a notice's moment": lambda day: notice.shown({"@moment": at(day).isoformat()}),
    "a rhythm by the month": crontab,
    "a rhythm once": once,
}


@pytest.mark.parametrize("place", WRITTEN)
def test_the_first_of_a_month_in_french(place: str) -> None:
    write: Any = WRITTEN[place]
    with translation.override("fr"):
        assert "1er" in write(FIRST)
        assert "11" in write(OTHER)
        assert "11er" not in write(OTHER)
        assert "1er" not in write(OTHER)
    with translation.override("en"):
        assert "1er" not in write(FIRST)


def test_what_machines_read_stays_a_number() -> None:
    with translation.override("fr"):
        assert DateFormat(at(FIRST)).format("d/m/Y n W z c").startswith("01/03/2019 3 9 60 2019-03-01T")
        assert f"{at(FIRST):%Y-%m-%d}" == "2019-03-01"


def test_a_day_of_the_month_is_one_in_english() -> None:
    with translation.override("en"):
        assert crontab(FIRST).startswith("On day 1 of the month")
