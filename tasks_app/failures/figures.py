"""What pages say of causes: the clock's counts, and what failed after them, as of one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import DateTimeField, QuerySet
from django.db.models.functions import Coalesce

from tasks_app.db import shared_time
from tasks_app.failures.keys import Key, key_of_group
from tasks_app.failures.noting import note
from tasks_app.failures.reach import reach
from tasks_app.failures.rows import Failed, Repaired, failed_after, read_failed, read_repaired, repaired_after
from tasks_app.failures.spans import Window
from tasks_app.models import FailureGroup, FailureTally

UNCOUNTED = 5_000  # jobs that are read themselves


@dataclass(frozen=True)
class Look:
    """What happened after the clock's counts: all of it up to `at`, which is now unless it was too much."""

    now: datetime
    at: datetime
    failed: list[Failed]
    repaired: list[Repaired]
    groups: dict[Key, FailureGroup]  # of these failures and of others asked for: rows of `with_reach`

    @property
    def is_behind(self) -> bool:
        return self.at < self.now


def look(also: Iterable[Key] = (), pk: int | None = None) -> Look:
    """What the clock has not counted yet. Its causes have their row from here on (see noting.py)."""
    now = shared_time.now()
    failed = read_failed(_after(failed_after(None), "ended_at", "failures_until")[: UNCOUNTED + 1])
    repaired = read_repaired(_after(repaired_after(None), "repaired_at", "repairs_until")[: UNCOUNTED + 1])
    at = now
    if len(failed) > UNCOUNTED:
        at = min(at, failed[UNCOUNTED].ended_at - timedelta(microseconds=1))
    if len(repaired) > UNCOUNTED:
        at = min(at, repaired[UNCOUNTED].repaired_at - timedelta(microseconds=1))
    if at < now:  # a host that is ahead stamps what ends now with a moment to come
        failed = [row for row in failed if row.ended_at <= at]
        repaired = [row for row in repaired if row.repaired_at <= at and row.ended_at <= at]
    return Look(now, at, failed, repaired, note(failed, also, pk))


def _after(jobs: QuerySet, column: str, until: str) -> QuerySet:  # type: ignore[type-arg]
    """Those that the clock has not counted; all of them where it never has."""
    ever = datetime(1, 1, 2, tzinfo=shared_time.now().tzinfo)
    return jobs.filter(**{f"{column}__gt": Coalesce(reach(until), ever, output_field=DateTimeField())})


@dataclass
class Figures:
    """Of one cause. Repaired ones and those that need somebody add up to all that failed."""

    failed: int = 0
    repaired: int = 0
    last_at: datetime | None = None
    parts: dict[Window, list[int]] = field(default_factory=dict)

    @property
    def need_somebody(self) -> int:
        return self.failed - self.repaired

    def within(self, window: Window) -> int:
        return sum(self.parts[window])


def figures_of(groups: Sequence[FailureGroup], seen: Look, windows: Sequence[Window]) -> dict[int, Figures]:
    """By the key of each row of `with_reach`."""
    ended: dict[Key, list[datetime]] = defaultdict(list)
    for row in seen.failed:
        ended[row.key].append(row.ended_at)
    mended: dict[Key, list[datetime]] = defaultdict(list)
    for one in seen.repaired:
        mended[one.key].append(one.repaired_at)
    tallies = _tallies(groups, windows)
    found = {}
    for group in groups:
        key = key_of_group(group)
        fresh = [moment for moment in ended[key] if _is_after(moment, group, "counted_until")]
        again = sum(_is_after(moment, group, "repairs_counted") for moment in mended[key])
        made = Figures(group.failed + len(fresh), group.repaired + again, max([group.last_at, *fresh]))
        for window in windows:
            counted, until = tallies[group.pk, window.span]
            later = ((moment, 1) for moment in ended[key] if until is None or moment > until)
            made.parts[window] = window.parts([*counted, *later])
        found[group.pk] = made
    return found


def _is_after(moment: datetime, group: FailureGroup, column: str) -> bool:
    until: datetime | None = getattr(group, column)
    return until is None or moment > until


type Counted = tuple[list[tuple[datetime, int]], datetime | None]


def _tallies(groups: Sequence[FailureGroup], windows: Sequence[Window]) -> dict[tuple[int, int], Counted]:
    """In one statement, with up to when they are counted."""
    since: dict[int, datetime] = {}
    for window in windows:
        since[window.span] = min(window.since, since.get(window.span, window.since))
    rows = FailureTally.objects.none()
    for span, moment in since.items():
        rows |= FailureTally.objects.filter(
            group__in=[group.pk for group in groups], span=span, begins__gte=moment
        )
    until: datetime | None = max((_counted_until(group) for group in groups), default=None, key=_or_ever)
    found: dict[tuple[int, int], list[tuple[datetime, int]]] = defaultdict(list)
    columns = ("group_id", "span", "begins", "count", "reach")
    for pk, span, begins, count, at in rows.annotate(reach=reach("failures_until")).values_list(*columns):
        found[pk, span].append((begins, count))
        until = at
    return {(group.pk, span): (found[group.pk, span], until) for group in groups for span in since}


def _counted_until(group: FailureGroup) -> datetime | None:
    until: datetime | None = getattr(group, "counted_until", None)
    return until


def _or_ever(moment: datetime | None) -> float:
    return moment.timestamp() if moment else float("-inf")
