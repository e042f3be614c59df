"""How many jobs ended in each hour, for the dashboard's charts: see docs/decisions/0007.

The clock adds what ended since its last look to a few small rows. What ended after that is read from the
jobs themselves, so a chart is exact at every moment and reads a bounded number of rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Subquery
from django.utils import timezone

from tasks_app.models import HourTally, Job, TallyProgress
from tasks_app.monitor.counters import SETTLED_AFTER

HOUR = timedelta(hours=1)
# A new installation, or one whose clock stood still, is counted from here on: a week, and its first day.
KEPT = timedelta(days=8)
# Each step counts within one hour; after a week without a clock a few looks catch up.
STEPS = 24
UNCOUNTED = 5_000  # jobs that are read themselves


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour on the office's clock, which need not be a full hour of UTC."""
    local = timezone.localtime(moment)
    return moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


# --- Counting, by the clock --------------------------------------------------------------------


def count_hours(now: datetime) -> None:
    """Count what ended since the last look. Two clocks take turns through a row lock."""
    with transaction.atomic():
        progress = TallyProgress.objects.select_for_update(skip_locked=True).first()
        if progress is None:  # another clock is at it, or nothing was ever tallied
            return
        oldest = hour_of(now - KEPT)
        since = max(progress.hours_until or oldest, oldest)
        if since > now:  # the time was set back: from here on all is counted anew
            since = hour_of(now)
            HourTally.objects.filter(hour__gte=since).delete()
        HourTally.objects.filter(hour__lt=oldest).delete()
        for _step in range(STEPS):
            until = min(hour_of(since) + HOUR, now - SETTLED_AFTER)
            if until <= since:
                break
            _count(since, until)
            since = until
        TallyProgress.objects.update(hours_until=since)


def _count(since: datetime, until: datetime) -> None:
    """Within one hour, under the lock on the progress row: nothing is added twice."""
    ended = Job.objects.filter(ended_at__gte=since, ended_at__lt=until).order_by()
    for outcome, count in ended.values_list("state").annotate(Count("pk")):
        tally, _made = HourTally.objects.get_or_create(hour=hour_of(since), outcome=outcome)
        tally.count += count
        tally.save()


# --- Reading, by pages -------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    """How many ended, by the beginning of the hour and by state."""

    counts: Counter[tuple[datetime, str]]
    # Up to where all are counted; None: to this moment.
    until: datetime | None = None

    def by_span(self, bounds: Sequence[datetime]) -> list[Counter[str]]:
        """How many ended in each span from one bound to just before the next, by state.

        The last span has no end: a host that is ahead stamps what ends now with a moment to come.
        """
        spans: list[Counter[str]] = [Counter() for _ in bounds[1:]]
        for (hour, state), count in self.counts.items():
            if bounds[0] <= hour:
                spans[min(bisect_right(bounds, hour), len(spans)) - 1][state] += count
        return spans


def ended_since(first: datetime) -> Ended:
    """What ended since the beginning of an hour, at most KEPT ago."""
    # One statement, so that the counts and how far they reach are of the same moment.
    reach = Subquery(TallyProgress.objects.values("hours_until")[:1])
    tallies = list(HourTally.objects.filter(hour__gte=first).values_list("hour", "outcome", "count", reach))
    counts = Counter({(hour, outcome): count for hour, outcome, count, _until in tallies})
    since = max(first, tallies[0][-1]) if tallies else first
    rest = Job.objects.filter(ended_at__gte=since).order_by("ended_at")
    rows = list(rest.values_list("ended_at", "state")[: UNCOUNTED + 1])
    for ended_at, state in rows[:UNCOUNTED]:
        if ended_at is not None:  # the filter says so
            counts[hour_of(ended_at), state] += 1
    return Ended(counts, until=rows[UNCOUNTED - 1][0] if len(rows) > UNCOUNTED else None)
