"""The times that failures are counted in: five minutes, hours and days of the office's clock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from tasks_app.models import FailureTally

Span = FailureTally.Span

# How long the counts of each are kept: for longer than any page shows them.
KEPT = {Span.MINUTES: timedelta(hours=2), Span.HOUR: timedelta(days=2), Span.DAY: timedelta(days=35)}


def begin(span: Span, moment: datetime) -> datetime:
    """When the span began that a moment is in. A day begins at midnight, whatever the clocks did since."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    if span is Span.DAY:
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    minutes = local.minute % 5 if span is Span.MINUTES else local.minute
    return moment - timedelta(minutes=minutes, seconds=local.second, microseconds=local.microsecond)


@dataclass(frozen=True)
class Window:
    """A time that pages show, in parts; `bounds` are where its parts begin."""

    span: Span
    bounds: tuple[datetime, ...]

    @property
    def since(self) -> datetime:
        return self.bounds[0]

    def parts(self, counts: Iterable[tuple[datetime, int]]) -> list[int]:
        """How many there are in each part; the last one takes whatever came later."""
        found = [0] * len(self.bounds)
        for moment, count in counts:
            if moment >= self.since:
                found[bisect_right(self.bounds, moment) - 1] += count
        return found


def hour(now: datetime) -> Window:
    """The last twelve times five minutes, the one that is not over included."""
    return _window(Span.MINUTES, [begin(Span.MINUTES, now) - timedelta(minutes=5 * n) for n in range(12)])


def day(now: datetime) -> Window:
    return _window(Span.HOUR, [begin(Span.HOUR, now) - timedelta(hours=n) for n in range(24)])


def week(now: datetime) -> Window:
    return days(now, 7)


def days(now: datetime, count: int) -> Window:
    """The last days, today included: by the wall's clock, so that one may have 23 or 25 hours."""
    today = begin(Span.DAY, now)
    return _window(Span.DAY, [today - timedelta(days=n) for n in range(count)])


def _window(span: Span, bounds: Sequence[datetime]) -> Window:
    return Window(span, tuple(reversed(bounds)))
