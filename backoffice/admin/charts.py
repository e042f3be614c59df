"""What ended in the last 24 hours and 7 days, as bars; each stands for a list of jobs that opens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from backoffice.admin.needs import listed
from backoffice.reports.plot import scale_top
from tasks_app.display import zoned
from tasks_app.models import State
from tasks_app.monitor.hourly_counts import HOUR, Ended, ended_since, hour_of

HOURS, DAYS = 24, 7
# Of the drawing, which is stretched to whatever width there is.
WIDTH, HEIGHT = 720, 120
LEAST = 2.0  # high: a single failure among thousands stays visible
FILLED = 0.68  # of its column's width, by a bar

type Span = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Figure:
    """A number of jobs, and the list of them."""

    count: int
    url: str
    says: str = ""  # "10:00: 3 failed"
    y: float = 0.0
    height: float = 0.0

    @property
    def shown(self) -> str:
        return grouped(self.count)


@dataclass(frozen=True)
class Column:
    label: str  # "10:00", "Mon 16 Nov"
    says: str  # both figures in words
    tick: str  # what the scale says below it; "" where there is no room
    x: float
    succeeded: Figure
    failed: Figure


@dataclass(frozen=True)
class Chart:
    key: str
    title: str
    of: str  # what a column stands for: the table's first heading
    columns: list[Column]
    succeeded: Figure
    failed: Figure
    top: str  # the scale's end
    since: datetime  # the beginning of the first column
    until: datetime | None  # what ended later is missing; None: nothing is

    height, width = HEIGHT, WIDTH

    @property
    def nothing(self) -> str:
        """Said where no bar can be drawn."""
        since = zoned(timezone.localtime(self.since), _("j M Y, H:i T"))
        return _("No job has succeeded or failed since %(moment)s.") % {"moment": since}

    @property
    def column(self) -> float:
        return round(WIDTH / len(self.columns), 2)

    @property
    def bar(self) -> float:
        return round(self.column * FILLED, 2)

    @property
    def inset(self) -> float:
        return round((self.column - self.bar) / 2, 2)


def grouped(count: int) -> str:
    """ "12,345" """
    return number_format(count, force_grouping=True)


def charts(now: datetime) -> list[Chart]:
    """The last 24 hours by hour, and the last 7 days by day, today included."""
    hours = [hour_of(now) + HOUR * n for n in range(1 - HOURS, 2)]
    # Local midnights, by the wall's clock: a day may have 23 or 25 hours.
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today + timedelta(days=n) for n in range(1 - DAYS, 2)]
    ended = ended_since(min(hours[0], days[0]))
    return [
        _chart(
            ended,
            hours,
            _of_hours(hours[:-1]),
            every=4,
            key="day",
            title=_("The last 24 hours"),
            of=_("Hour"),
        ),
        _chart(
            ended,
            days,
            [date_format(day, "D j") for day in days],
            every=1,
            key="week",
            title=_("The last 7 days"),
            of=_("Day"),
        ),
    ]


def _of_hours(hours: Sequence[datetime]) -> list[str]:
    """ "10:00"; each of the two that autumn has of one with its offset: "02:00 CEST", "02:00 CET"."""
    local = [timezone.localtime(hour) for hour in hours]
    shown = Counter(date_format(hour, "H:i") for hour in local)
    return [zoned(hour, "H:i" if shown[date_format(hour, "H:i")] == 1 else "H:i T") for hour in local]


def _chart(ended: Ended, bounds: Sequence[datetime], labels: Sequence[str], every: int, **text: Any) -> Chart:
    """`bounds` are where columns begin, and where the last one would end: it takes all that came later."""
    spans: list[Span] = [*pairwise(bounds[:-1]), (bounds[-2], None)]
    counts = [(n[State.SUCCEEDED], n[State.FAILED]) for n in ended.by_span(bounds)]
    top = scale_top(max(good + bad for good, bad in counts))
    columns = [
        _column(
            number, len(spans), span, labels[number], labels[number] if number % every == 0 else "", pair, top
        )
        for number, (span, pair) in enumerate(zip(spans, counts, strict=True))
    ]
    good, bad = (sum(pair[index] for pair in counts) for index in (0, 1))
    return Chart(
        columns=columns,
        succeeded=Figure(good, _jobs(State.SUCCEEDED, bounds[0])),
        failed=Figure(bad, _jobs(State.FAILED, bounds[0])),
        top=grouped(int(top)) if good + bad else "",
        since=bounds[0],
        until=ended.until,
        **text,
    )


def _column(
    number: int,
    of: int,
    span: Span,
    label: str,
    tick: str,
    counts: tuple[int, int],
    top: float,
) -> Column:
    """Failures stand on successes."""
    scale = HEIGHT / top
    good, bad = counts
    bad_height = max(bad * scale, LEAST) if bad else 0.0
    good_height = max(min(good * scale, HEIGHT - bad_height), LEAST) if good else 0.0
    succeeded = Figure(
        good,
        _jobs(State.SUCCEEDED, *span),
        _("%(label)s: %(count)s succeeded") % {"label": label, "count": grouped(good)},
        round(HEIGHT - good_height, 1),
        round(good_height, 1),
    )
    failed = Figure(
        bad,
        _jobs(State.FAILED, *span),
        _("%(label)s: %(count)s failed") % {"label": label, "count": grouped(bad)},
        round(HEIGHT - good_height - bad_height, 1),
        round(bad_height, 1),
    )
    both = {"label": label, "good": succeeded.shown, "bad": failed.shown}
    return Column(
        label=label,
        says=_("%(label)s: %(good)s succeeded, %(bad)s failed") % both,
        tick=tick,
        x=round(WIDTH / of * number, 2),
        succeeded=succeeded,
        failed=failed,
    )


def _jobs(state: State, begins: datetime, ends: datetime | None = None) -> str:
    """The list of jobs that ended so, from one moment to just before the other."""
    window = {"ended_at_from": begins.isoformat()} | ({"ended_at_to": ends.isoformat()} if ends else {})
    if state == State.FAILED:
        window["repaired"] = "any"  # a chart says how jobs ended
    return listed("tasks_app_job", state=state.value, **window)
