"""A crontab's five fields, read one by one as Celery reads them: an error names the field at fault."""

from __future__ import annotations

from typing import Any

from celery import schedules
from django.utils.translation import gettext as _

from tasks_app.schedules.rhythm.crontab import days_in_month

A_LEAP_YEAR = 2024
# How many values a field has, and its lowest.
SIZES = {
    "minute": (60, 0),
    "hour": (24, 0),
    "day_of_month": (31, 1),
    "month_of_year": (12, 1),
    "day_of_week": (7, 0),
}


class InvalidRhythm(ValueError):
    """The row names no rhythm that can be followed; its text is a sentence for people.

    `field` is the crontab's field at fault, "" where it is none of them.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def expanded(fields: dict[str, str]) -> dict[str, tuple[int, ...]]:
    """The values each field stands for, ascending; raises InvalidRhythm."""
    values = {name: _read(name, fields[name]) for name in SIZES}
    months, days = values["month_of_year"], values["day_of_month"]
    if not any(day <= days_in_month(A_LEAP_YEAR, month) for month in months for day in days):
        sentence = _("Day %(days)s never comes in the chosen months: choose another day, or other months.")
        raise InvalidRhythm(sentence % {"days": fields["day_of_month"]}, "day_of_month")
    return values


def _read(name: str, text: str) -> tuple[int, ...]:
    parser: Any = schedules.crontab_parser(*SIZES[name])
    try:
        return tuple(sorted(parser.parse(text)))
    except (ValueError, schedules.ParseException) as error:
        raise InvalidRhythm(_unreadable(name) % {"value": text}, name) from error


def _unreadable(name: str) -> str:
    return {
        "minute": _(
            "“%(value)s” cannot be read as minutes: write numbers from 0 to 59, a range such as “0-29”, "
            "“*/15” or “*”, with commas between them."
        ),
        "hour": _(
            "“%(value)s” cannot be read as hours: write numbers from 0 to 23, a range such as “8-18”, "
            "“*/2” or “*”, with commas between them."
        ),
        "day_of_month": _(
            "“%(value)s” cannot be read as days of the month: write numbers from 1 to 31, a range such as "
            "“1-7” or “*”, with commas between them."
        ),
        "month_of_year": _(
            "“%(value)s” cannot be read as months: write numbers from 1 to 12, a range such as “1-6” or “*”, "
            "with commas between them."
        ),
        "day_of_week": _(
            "“%(value)s” cannot be read as days of the week: write numbers from 0 (Sunday) to 6, a range "
            "such as “mon-fri” or “*”, with commas between them."
        ),
    }[name]
