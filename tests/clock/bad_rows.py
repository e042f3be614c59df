"""Rows of schedules as a shell, another program or an old release may leave them: past every form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    PeriodicTask,
    SolarSchedule,
)

from tests.clock.making import at, crontab, every, schedule

MORNING = at("2026-06-01 08:00")
type Spoil = Callable[[PeriodicTask], None]


def bad_row(spoil: Spoil, name: str = "Bad", **fields: Any) -> PeriodicTask:
    """A schedule that is spoilt after it was written; what is read of it may raise."""
    row = schedule(name, changed=MORNING, **({"interval": every(1, "hours")} | fields))
    spoil(row)
    return row


def written(model: Any, column: str, value: str, **only: Any) -> None:
    """Straight into the table: no field of Django's looks at it."""
    table, [(name, key)] = model._meta.db_table, only.items()
    cast = ""
    if connection.vendor == "postgresql":
        cast = "::" + model._meta.get_field(column).db_type(connection).split("(")[0]
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET "{column}" = %s{cast} WHERE {name} = %s', [value, key])  # noqa: S608 - models' own names


def zone(name: str) -> Spoil:
    def spoil(row: PeriodicTask) -> None:
        rhythm = crontab("0 * * * *")
        PeriodicTask.objects.filter(pk=row.pk).update(interval=None, crontab=rhythm)
        written(CrontabSchedule, "timezone", name, id=rhythm.pk)

    return spoil


def crontab_field(column: str, value: str) -> Spoil:
    def spoil(row: PeriodicTask) -> None:
        rhythm = crontab("0 * * * *")
        PeriodicTask.objects.filter(pk=row.pk).update(interval=None, crontab=rhythm)
        written(CrontabSchedule, column, value, id=rhythm.pk)

    return spoil


def interval(number: int, period: str) -> Spoil:
    def spoil(row: PeriodicTask) -> None:
        rhythm = every(number, period)
        PeriodicTask.objects.filter(pk=row.pk).update(interval=rhythm)

    return spoil


def solar(column: str, value: str) -> Spoil:
    def spoil(row: PeriodicTask) -> None:
        rhythm = SolarSchedule.objects.create(event="sunrise", latitude="48.85", longitude="2.35")
        PeriodicTask.objects.filter(pk=row.pk).update(interval=None, solar=rhythm)
        written(SolarSchedule, column, value, id=rhythm.pk)

    return spoil


def clocked(moment: str) -> Spoil:
    def spoil(row: PeriodicTask) -> None:
        rhythm = ClockedSchedule.objects.create(clocked_time=MORNING)
        PeriodicTask.objects.filter(pk=row.pk).update(interval=None, clocked=rhythm, one_off=True)
        written(ClockedSchedule, "clocked_time", moment, id=rhythm.pk)

    return spoil


def column(name: str, value: str) -> Spoil:
    return lambda row: written(PeriodicTask, name, value, id=row.pk)


def unreadable_moment() -> str:
    """What the database keeps and Python has no moment for."""
    return "infinity" if connection.vendor == "postgresql" else "2026-13-45 10:00:00"


def never(spoil: Callable[[str], Spoil]) -> Spoil:
    return lambda row: spoil(unreadable_moment())(row)


BAD: dict[str, Spoil] = {
    "a zone that is none": zone("Mars/Olympus"),
    "a zone that leads out of its folder": zone("../../etc/passwd"),
    "a zone that is a folder": zone("Europe"),
    "no zone": zone(""),
    "a minute that is none": crontab_field("minute", "99"),
    "an hour that is a word": crontab_field("hour", "noon"),
    "a day that never comes": crontab_field("day_of_month", "32"),
    "a month of nothing": crontab_field("month_of_year", ""),
    "a step of nothing": crontab_field("minute", "*/0"),
    "a unit that is none": interval(5, "fortnights"),
    "no unit": interval(5, ""),
    "every 0": interval(0, "hours"),
    "every less than 0": interval(-3, "hours"),
    "every two billion days": interval(2_000_000_000, "days"),
    "an event that is none": solar("event", "tea_time"),
    "a latitude beyond the pole": solar("latitude", "95"),
    "a latitude that is no number": solar("latitude", "NaN"),
    "a moment that cannot be read": never(clocked),
    "a start that cannot be read": never(lambda moment: column("start_time", moment)),
    "an end that cannot be read": never(lambda moment: column("expires", moment)),
    "a change that cannot be read": never(lambda moment: column("date_changed", moment)),
    "arguments that are no JSON": column("kwargs", "colour=blue"),
    "arguments too deep to read": column("args", "[" * 100_000),
    "a number too long to read": column("args", "[" + "9" * 5_000 + "]"),
    "arguments that are no number": column("kwargs", '{"x": NaN}'),
    "half a character": column("kwargs", '{"x": "\\ud800"}'),
    "NUL in an argument": column("kwargs", '{"x": "\\u0000"}'),
    "NUL in the name of an argument": column("kwargs", '{"\\u0000": 1}'),
    "NUL deep in an argument": column("args", '[[{"x": ["\\u0000"]}]]'),
    "headers with NUL": column("headers", '{"x": "\\u0000"}'),
    "no rhythm": lambda row: PeriodicTask.objects.filter(pk=row.pk).update(interval=None) and None,
}
# A moment that can be read, and that no zone shows: it has no problem, and no page may stumble over it.
STRANGE: dict[str, Spoil] = {
    "the end of the calendar": clocked("9999-12-31 23:59:59+00:00"),
    "an end at the end of the calendar": column("expires", "9999-12-31 23:59:59+00:00"),
}
