"""Rhythms with a rule of ours, and when dateutil.rrule and plain loops have them run: the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from dateutil import rrule
from dateutil.easter import easter

from tasks_app.schedules.rhythm import Rhythm, rhythm_of
from tests.clock.judge import runs
from tests.clock.making import at

# Europe; the north of America; the south, at midnight; a weekend of Friday and Saturday, and a change on a
# Friday; half an hour's change; a quarter of an hour's offset.
ZONES = ["Europe/Paris", "America/New_York", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe",
         "Asia/Kathmandu"]  # fmt: skip
BEGIN, END = datetime(2026, 1, 1), datetime(2035, 12, 31, 23, 59)  # noqa: DTZ001 - wall times
MARGIN = timedelta(days=20)  # what is moved into the ten years, and out of them
ONE_DAY = timedelta(days=1)
MIDNIGHT = time()
WEEK = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR)

type Day = Callable[[date], bool]
type Walls = Callable[[], Iterator[tuple[datetime, datetime]]]  # when it is due, and what it stands for


@cache
def french_holidays(year: int) -> frozenset[date]:
    """By the Code du travail (L3133-1); worked out here, so that no package judges itself."""
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    moving = [easter(year) + timedelta(days=days) for days in (1, 39, 50)]
    return frozenset([date(year, month, day) for month, day in fixed] + moving)


SUMMER = {date(2027, 8, 2) + n * ONE_DAY for n in range(12)}
WINTER = {date(2029, 12, 24) + n * ONE_DAY for n in range(8)}  # a month's last working days are among them
SATURDAYS = {date(2027, 12, 18), date(2028, 12, 16)}


def in_france(day: date) -> bool:
    """Whether it is worked: by law, with a closure of the house, and two Saturdays worked."""
    if day in SATURDAYS:
        return True
    return day.isoweekday() < 6 and day not in french_holidays(day.year) and day not in SUMMER | WINTER


def monday_to_friday(day: date) -> bool:
    return day.isoweekday() < 6


def sunday_to_thursday(day: date) -> bool:
    return day.isoweekday() not in (5, 6)


FRANCE = SimpleNamespace(
    name="France", country="FR", region="", weekend="",
    days_off="2027-08-02 – 2027-08-13 Summer\n2029-12-24 – 2029-12-31 Winter",
    days_on="2027-12-18\n2028-12-16",
)  # fmt: skip
CAIRO = SimpleNamespace(name="Cairo", country="", region="", weekend="56", days_off="", days_on="")


@dataclass(frozen=True)
class Judged:
    """A line of the table: its words, beat's fields, our rule, and who says when it runs."""

    words: str
    fields: str
    walls: Walls
    rule: dict[str, Any] = field(default_factory=dict)


def rhythm(
    fields: str, zone: str, start: datetime | None = None, end: datetime | None = None, **rule: Any
) -> Rhythm:
    return rhythm_of(row(fields, zone, start, end, **rule), at("2026-01-01 00:00"))


def row(
    fields: str, zone: str, start: datetime | None = None, end: datetime | None = None, **rule: Any
) -> Any:
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    crontab = SimpleNamespace(timezone=zone, **dict(zip(names, fields.split(), strict=True)))
    return SimpleNamespace(
        crontab=crontab, interval=None, solar=None, clocked=None, start_time=start, expires=end,
        rule=rule_row(**rule) if rule else None,
    )  # fmt: skip


def rule_row(**values: Any) -> Any:
    empty = {"counted": "", "nth": None, "every": None, "first_time": None, "last_time": None,
             "calendar": None, "on_day_off": "", "zone": ""}  # fmt: skip
    return SimpleNamespace(**empty | values)


# --- who says when they run -------------------------------------------------------------------


def by_rrule(*times: str, **rule: Any) -> Walls:
    """The days of a dateutil rule, at these times."""

    def walls() -> Iterator[tuple[datetime, datetime]]:
        for day in rrule.rrule(dtstart=BEGIN - MARGIN, until=END + MARGIN, cache=False, **rule):
            for wall in times:
                found = datetime.combine(day, time.fromisoformat(wall))
                yield found, found

    return walls


def only(worked: Day, walls: Walls) -> Walls:
    return lambda: ((due, stands) for due, stands in walls() if worked(due.date()))


def moved(worked: Day, step: int, walls: Walls) -> Walls:
    def found() -> Iterator[tuple[datetime, datetime]]:
        for due, stands in walls():
            while not worked(due.date()):
                due += step * ONE_DAY
            yield due, stands

    return found


def working_day(worked: Day, number: int, wall: str) -> Walls:
    """The n-th working day of each month, out of a list of them."""

    def found() -> Iterator[tuple[datetime, datetime]]:
        before = BEGIN.replace(year=BEGIN.year - 1, month=12)
        for month in rrule.rrule(rrule.MONTHLY, dtstart=before, until=END + MARGIN):
            days = [month.date() + n * ONE_DAY for n in range(31)]
            days = [day for day in days if day.month == month.month and worked(day)]
            if len(days) >= abs(number):
                day = days[number - 1] if number > 0 else days[number]
                due = datetime.combine(day, time.fromisoformat(wall))
                yield due, due

    return found


def minutely(every: int, first: str, last: str, **days: Any) -> Walls:
    """dateutil counts the minutes of each day anew."""

    def walls() -> Iterator[tuple[datetime, datetime]]:
        for day, _day in by_rrule("00:00", **days)():
            begin, end = (datetime.combine(day, time.fromisoformat(edge)) for edge in (first, last))
            for wall in rrule.rrule(rrule.MINUTELY, interval=every, dtstart=begin, until=end):
                yield wall, wall

    return walls


def expected(judged: Judged, zone: str) -> list[tuple[datetime, datetime]]:
    """When it is due and what it stands for, in UTC, by the rule of judge.py for such nights."""
    every_hour = judged.rule.get("first_time") == MIDNIGHT
    found = {
        (due, stands)
        for wall, nominal in judged.walls()
        for stands in runs([nominal], zone, every_hour=every_hour)
        for due in (runs([wall], zone, every_hour=every_hour) if wall != nominal else [stands])
    }
    once: dict[datetime, datetime] = {}  # what a gap joins is one run, the earliest of them where it is moved
    for due, stands in sorted(found):
        once.setdefault(stands, due)
    return sorted((due, stands) for stands, due in once.items())


# --- the table -------------------------------------------------------------------

M = rrule.MONTHLY
D = rrule.DAILY
FR = {"calendar": FRANCE}

TABLE = [
    Judged("On the last day of the month at 02:30", "30 2 28-31 * *",
           by_rrule("02:30", freq=M, bymonthday=-1), {"counted": "day", "nth": -1}),
    Judged("On the second to last day of the month at 00:00", "0 0 27-30 * *",
           by_rrule("00:00", freq=M, bymonthday=-2), {"counted": "day", "nth": -2}),
    Judged("On the second Tuesday of the month at 08:00", "0 8 8-14 * 2",
           by_rrule("08:00", freq=M, byweekday=rrule.TU(2)), {"counted": "weekday", "nth": 2}),
    Judged("On the last Sunday of the month at 02:30", "30 2 22-31 * 0",
           by_rrule("02:30", freq=M, byweekday=rrule.SU(-1)), {"counted": "weekday", "nth": -1}),
    Judged("On the last Friday of the month at 00:30", "30 0 22-31 * 5",
           by_rrule("00:30", freq=M, byweekday=rrule.FR(-1)), {"counted": "weekday", "nth": -1}),
    Judged("On the fifth Monday of the month at 07:00", "0 7 29-31 * 1",
           by_rrule("07:00", freq=M, byweekday=rrule.MO(5)), {"counted": "weekday", "nth": 5}),
    Judged("On the last working day of the month at 18:00", "0 18 * * *",
           by_rrule("18:00", freq=M, byweekday=WEEK, bysetpos=-1), {"counted": "working", "nth": -1}),
    Judged("On the third working day of the month at 06:00", "0 6 * * *",
           by_rrule("06:00", freq=M, byweekday=WEEK, bysetpos=3), {"counted": "working", "nth": 3}),
    Judged("On the last working day of the month at 18:00 (France)", "0 18 * * *",
           working_day(in_france, -1, "18:00"), {"counted": "working", "nth": -1, **FR}),
    Judged("On the first working day of the month at 00:30 (France)", "30 0 * * *",
           working_day(in_france, 1, "00:30"), {"counted": "working", "nth": 1, **FR}),
    Judged("On the last working day of the month at 09:00 (Cairo)", "0 9 * * *",
           working_day(sunday_to_thursday, -1, "09:00"),
           {"counted": "working", "nth": -1, "calendar": CAIRO}),
    Judged("Every working day at 08:00 (France)", "0 8 * * *", only(in_france, by_rrule("08:00", freq=D)),
           {"on_day_off": "skip", **FR}),
    Judged("Every Monday at 02:30, but not on days off (France)", "30 2 * * 1",
           only(in_france, by_rrule("02:30", freq=rrule.WEEKLY, byweekday=rrule.MO)),
           {"on_day_off": "skip", **FR}),
    Judged("On day 1 of the month at 07:00; on a day off, on the working day after (France)", "0 7 1 * *",
           moved(in_france, 1, by_rrule("07:00", freq=M, bymonthday=1)), {"on_day_off": "after", **FR}),
    Judged("On days 15 and 16 of the month at 07:00; on a day off, on the working day before (France)",
           "0 7 15,16 * *", moved(in_france, -1, by_rrule("07:00", freq=M, bymonthday=(15, 16))),
           {"on_day_off": "before", **FR}),
    Judged("On the last day of the month at 23:30; on a day off, on the working day after (France)",
           "30 23 28-31 * *", moved(in_france, 1, by_rrule("23:30", freq=M, bymonthday=-1)),
           {"counted": "day", "nth": -1, "on_day_off": "after", **FR}),
    Judged("Every day at 02:00 and 02:30; on a day off, on the working day after (France)", "0,30 2 * * *",
           moved(in_france, 1, by_rrule("02:00", "02:30", freq=D)), {"on_day_off": "after", **FR}),
    Judged("Every day at 00:30; on a day off, on the working day before", "30 0 * * *",
           moved(monday_to_friday, -1, by_rrule("00:30", freq=D)), {"on_day_off": "before"}),
    Judged("Every day at 00:15; on a day off, on the working day after (Cairo)", "15 0 * * *",
           moved(sunday_to_thursday, 1, by_rrule("00:15", freq=D)),
           {"on_day_off": "after", "calendar": CAIRO}),
    Judged("On day 29 of the month at 05:00, in February only", "0 5 29 2 *",
           by_rrule("05:00", freq=rrule.YEARLY, bymonth=2, bymonthday=29)),
    Judged("On day 29 of the month at 05:00, in February only; on a day off, on the working day before",
           "0 5 29 2 *",
           moved(monday_to_friday, -1, by_rrule("05:00", freq=rrule.YEARLY, bymonth=2, bymonthday=29)),
           {"on_day_off": "before"}),
    Judged("On day 31 of the month at 12:00; on a day off, on the working day after", "0 12 31 * *",
           moved(monday_to_friday, 1, by_rrule("12:00", freq=M, bymonthday=31)), {"on_day_off": "after"}),
    Judged("From Monday to Friday every 15 minutes from 08:00 to 18:00, in October only",
           "*/15 8-18 * 10 1-5",
           minutely(15, "08:00", "18:00", freq=D, bymonth=10, byweekday=WEEK),
           {"every": 15, "first_time": time(8), "last_time": time(18)}),
    Judged("On days 1, 2, 3, 4, 5, 6, 7, 25, 26, 27, 28, 29, 30 and 31 of the month every 25 minutes from "
           "00:10 to 04:00, in March, April, September, October and November only",
           "* 0-4 1-7,25-31 3,4,9-11 *",
           minutely(25, "00:10", "04:00", freq=D, bymonth=(3, 4, 9, 10, 11),
                    bymonthday=(*range(1, 8), *range(25, 32))),
           {"every": 25, "first_time": time(0, 10), "last_time": time(4)}),
    Judged("Every Sunday every 45 minutes from 00:00 to 23:59, in March, April, September and October only",
           "*/15 * * 3,4,9,10 0",
           minutely(45, "00:00", "23:59", freq=D, bymonth=(3, 4, 9, 10), byweekday=rrule.SU),
           {"every": 45, "first_time": MIDNIGHT, "last_time": time(23, 59)}),
]  # fmt: skip
