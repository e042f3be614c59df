"""How many jobs ended, by kind and outcome, and how long they took."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import models
from django.db.models import Case, Count, DurationField, F, IntegerField, QuerySet, When
from django.db.models.functions import Coalesce

from tasks_app.models import Job

# Seconds; of durations. The widest is the longest run that settings allow.
BOUNDS = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0)

type Key = tuple[str, str]  # kind and outcome


@dataclass
class Sum:
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    @property
    def count(self) -> int:
        return sum(self.buckets)

    def add(self, seconds: float) -> None:
        self.seconds += seconds
        self.buckets[bisect_left(BOUNDS, seconds)] += 1

    def join(self, other: Sum) -> None:
        self.seconds += other.seconds
        self.buckets = [one + more for one, more in zip(self.buckets, other.buckets, strict=True)]

    def take(self, other: Sum) -> None:
        """Take from both what they have in common."""
        common = [min(one, more) for one, more in zip(self.buckets, other.buckets, strict=True)]
        if not any(common):
            return
        seconds = min(self.seconds, other.seconds * sum(common) / other.count)
        for one in (self, other):
            one.seconds -= seconds
            one.buckets = [had - less for had, less in zip(one.buckets, common, strict=True)]


def summed(jobs: QuerySet[Job]) -> dict[Key, Sum]:
    """Of jobs that ended."""
    sums: dict[Key, Sum] = defaultdict(Sum)
    for kind, outcome, started, ended in jobs.values_list("name", "state", "started_at", "ended_at"):
        # A job that was cancelled before it started took no time.
        sums[kind, outcome].add((ended - started).total_seconds() if started and ended else 0.0)
    return sums


def summed_there(jobs: QuerySet[Job]) -> dict[Key, Sum]:
    """The same, by the database, which reads them all but hands over a few rows."""
    took = Coalesce(F("ended_at") - F("started_at"), timedelta(), output_field=DurationField())
    bounds = [When(took__lte=timedelta(seconds=one), then=place) for place, one in enumerate(BOUNDS)]
    rows = (
        jobs.order_by()
        .alias(took=took)
        .annotate(bucket=Case(*bounds, default=len(BOUNDS), output_field=IntegerField()))
        .values_list("name", "state", "bucket")
        .annotate(Count("pk"), models.Sum("took"))
    )
    sums: dict[Key, Sum] = defaultdict(Sum)
    for kind, outcome, bucket, count, seconds in rows:
        found = sums[kind, outcome]
        found.seconds += seconds.total_seconds()
        found.buckets[bucket] += count
    return sums
