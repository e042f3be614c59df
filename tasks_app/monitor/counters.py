"""Counting the jobs that ended, a few at a time: see docs/decisions/0007.

The clock calls `count_ended` every ten seconds. It reads, by an index, only what ended since its last
look; two clocks take turns through a row lock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Count, DurationField, F, IntegerField, Sum, When
from django.db.models.functions import Coalesce

from tasks_app.models import Job, Tally, TallyProgress
from tasks_app.models.job import JobQuerySet

# Seconds; of durations. The widest is the longest run that settings allow.
BOUNDS = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0)
# An end is stamped before its transaction commits, by a host whose clock may be a little off.
SETTLED_AFTER = timedelta(seconds=30)
STEP = 5_000  # jobs counted in one look


@dataclass
class _Sum:
    count: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def add(self, seconds: float) -> None:
        self.count += 1
        self.seconds += seconds
        self.buckets[bisect_left(BOUNDS, seconds)] += 1


def count_ended(now: datetime) -> int:
    """Count what ended since the last look; returns how many. The first look only notes where to begin."""
    if not TallyProgress.objects.exists():
        TallyProgress.objects.bulk_create([TallyProgress(until=now - SETTLED_AFTER)], ignore_conflicts=True)
    with transaction.atomic():
        progress = TallyProgress.objects.select_for_update(skip_locked=True).first()
        if progress is None:  # another clock is at it
            return 0
        # A time that went back left it ahead: what ends meanwhile is counted all the same.
        since = min(progress.until, now)
        ended = Job.objects.filter(ended_at__gt=since, ended_at__lte=now - SETTLED_AFTER)
        ended = ended.order_by("ended_at")
        last = ended.values_list("ended_at", flat=True)[STEP : STEP + 1].first()
        until = last or max(now - SETTLED_AFTER, since)
        sums = _summed(
            ended.filter(ended_at__lte=until).values_list("name", "state", "started_at", "ended_at")
        )
        for (kind, outcome), found in sums.items():
            _add(kind, outcome, found)
        if until != progress.until:
            TallyProgress.objects.update(until=until)
    return sum(found.count for found in sums.values())


def count_all(now: datetime) -> int:
    """What `count_ended` counts, all that is left of it in one question: for a past of millions."""
    with transaction.atomic():
        progress = TallyProgress.objects.select_for_update().get()
        until = max(now - SETTLED_AFTER, progress.until)
        sums = _summed_there(Job.objects.filter(ended_at__gt=progress.until, ended_at__lte=until))
        for (kind, outcome), found in sums.items():
            _add(kind, outcome, found)
        TallyProgress.objects.update(until=until)
    return sum(found.count for found in sums.values())


def _summed_there(jobs: JobQuerySet) -> dict[tuple[str, str], _Sum]:
    """By the database, which reads them all but hands over a few rows."""
    took = Coalesce(F("ended_at") - F("started_at"), timedelta(), output_field=DurationField())
    bounds = [When(took__lte=timedelta(seconds=one), then=place) for place, one in enumerate(BOUNDS)]
    rows = (
        jobs.order_by()
        .alias(took=took)
        .annotate(bucket=Case(*bounds, default=len(BOUNDS), output_field=IntegerField()))
        .values_list("name", "state", "bucket")
        .annotate(Count("pk"), Sum("took"))
    )
    sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for kind, outcome, bucket, count, seconds in rows:
        found = sums[kind, outcome]
        found.count += count
        found.seconds += seconds.total_seconds()
        found.buckets[bucket] += count
    return sums


def _summed(rows: object) -> dict[tuple[str, str], _Sum]:
    sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for kind, outcome, started, ended in rows:  # type: ignore[attr-defined]  # a values_list
        # A job that was cancelled before it started took no time.
        sums[kind, outcome].add((ended - started).total_seconds() if started else 0.0)
    return sums


def _add(kind: str, outcome: str, found: _Sum) -> None:
    """Under the lock on the progress row, so that nothing is added twice."""
    tally, _made = Tally.objects.get_or_create(kind=kind, outcome=outcome)
    before = tally.buckets
    if len(before) != len(found.buckets):  # new, or of other bounds: what it had counted stays in `count`
        before = [0] * len(found.buckets)
    tally.count += found.count
    tally.seconds += found.seconds
    tally.buckets = [one + more for one, more in zip(before, found.buckets, strict=True)]
    tally.save()
