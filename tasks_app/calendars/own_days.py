"""A house's own days as people write them: a line a day or a span of days, its name behind it.

    2026-12-24 Christmas Eve
    2026-08-03 – 2026-08-21 Summer closing

Stored are ISO days. `24/12/2026` and `24.12.2026` are read too, the day first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tasks_app.calendars import causes
from tasks_app.calendars.causes import InvalidCalendar

ONE_DAY = timedelta(days=1)
MOST_LINES = 2000
LONGEST_NAME = 100
LONGEST_SPAN = 366  # days
FIRST_YEAR, LAST_YEAR = 1900, 2200

_DAY = r"(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})"
_LINE = re.compile(
    rf"{_DAY}(?:\s*(?:\.\.|–|—|-|to\b|au\b|until\b|jusqu’au\b)\s*{_DAY})?(?:\s*[:;,]?\s+(.*))?"
)


@dataclass(frozen=True)
class OwnDay:
    """One line: a day, or all days from the first to the last."""

    first: date
    last: date
    name: str = ""

    def __iter__(self) -> Iterator[date]:
        return (self.first + n * ONE_DAY for n in range((self.last - self.first).days + 1))

    def __str__(self) -> str:
        span = "" if self.last == self.first else f" – {self.last.isoformat()}"
        return f"{self.first.isoformat()}{span} {self.name}".rstrip()


@lru_cache(maxsize=256)
def read(text: str) -> tuple[OwnDay, ...]:
    """The lines in the order of time; raises InvalidCalendar with the line at fault."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise InvalidCalendar(causes.TOO_MANY_DAYS(lines=len(lines), most=MOST_LINES))
    found = {_line(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()}
    return tuple(sorted(found, key=lambda one: (one.first, one.last, one.name)))


def written(days: Iterable[OwnDay]) -> str:
    return "\n".join(map(str, days))


@lru_cache(maxsize=256)
def days_of(text: str) -> frozenset[date]:
    """Every single day of those lines; raises InvalidCalendar."""
    return frozenset(day for line in read(text) for day in line)


def _line(number: int, line: str) -> OwnDay:
    found = _LINE.fullmatch(line)
    if found is None:
        raise InvalidCalendar(causes.LINE_IS_NO_DAY(number=number, line=line[:60]))
    first = _day(number, found[1])
    last = _day(number, found[2]) if found[2] else first
    if last < first:
        raise InvalidCalendar(causes.SPAN_ENDS_FIRST(number=number, line=line[:60]))
    if (last - first).days >= LONGEST_SPAN:
        raise InvalidCalendar(causes.SPAN_TOO_LONG(number=number, most=LONGEST_SPAN))
    return OwnDay(first, last, " ".join((found[3] or "").split())[:LONGEST_NAME])


def _day(number: int, text: str) -> date:
    numbers = [int(one) for one in re.split(r"[-/.]", text)]
    year, month, day = numbers if "-" in text else reversed(numbers)
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise InvalidCalendar(causes.NO_SUCH_DATE(number=number, text=text)) from error
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidCalendar(causes.NO_SUCH_DATE(number=number, text=text))
    return found
