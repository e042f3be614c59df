"""The jobs of a period, counted for reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from backoffice.reports.buckets import Buckets
from backoffice.reports.durations import Durations, durations_by
from backoffice.reports.periods import Period, zone
from backoffice.reports.sections import Share
from tasks_app.models import FINAL, Job, State

type Tally = Counter[str]  # jobs by state


@dataclass(frozen=True)
class Error:
    """What jobs of one kind failed by, and how often."""

    error_class: str
    name: str  # of the task
    jobs: int
    last: datetime | None
    said_last: str


@dataclass(frozen=True)
class Jobs:
    """The jobs launched in a period, counted by the database: it hands over day, kind and state only."""

    period: Period

    @cached_property
    def within(self) -> Any:
        """Always bounded by created_at, which is indexed alone and after state and name."""
        return Job.objects.filter(
            created_at__gte=self.period.start, created_at__lt=self.period.end
        ).order_by()

    @cached_property
    def by_day_and_kind(self) -> dict[tuple[date, str], Tally]:
        tallies: dict[tuple[date, str], Tally] = {}
        counted = (
            self.within.annotate(day=TruncDate("created_at", tzinfo=zone()))
            .values_list("day", "name", "state")
            .annotate(jobs=Count("pk"))
            .order_by("day", "name")
        )
        for day, name, state, jobs in counted:
            tallies.setdefault((day, name), Counter())[state] += jobs
        return tallies

    @cached_property
    def by_day(self) -> dict[date, Tally]:
        return _summed((day, tally) for (day, _name), tally in self.by_day_and_kind.items())

    @cached_property
    def by_kind(self) -> dict[str, Tally]:
        return _summed((name, tally) for (_day, name), tally in self.by_day_and_kind.items())

    @cached_property
    def tally(self) -> Tally:
        return sum(self.by_kind.values(), Counter())

    @property
    def total(self) -> int:
        return self.tally.total()

    def by_bucket(self, buckets: Buckets) -> dict[Any, Tally]:
        tallies: dict[Any, Tally] = {}
        counted = (
            self.within.annotate(bucket=buckets.expression("created_at"))
            .values_list("bucket", "state")
            .annotate(jobs=Count("pk"))
        )
        for bucket, state, jobs in counted:
            tallies.setdefault(bucket, Counter())[state] += jobs
        return tallies

    def durations(self, *group: str) -> dict[Hashable, Durations]:
        """Of the jobs that succeeded, as `durations_by` gives them."""
        return durations_by(self._succeeded, *group, start="started_at", end="ended_at")

    def durations_by_bucket(self, buckets: Buckets) -> dict[Hashable, Durations]:
        rows = self._succeeded.annotate(bucket=buckets.expression("created_at"))
        return durations_by(rows, "bucket", start="started_at", end="ended_at")

    def errors(self, most: int) -> Iterator[Error]:
        """The most frequent first."""
        failed = self.within.filter(state=State.FAILED)
        groups = (
            failed.values_list("error_class", "name")
            .annotate(jobs=Count("pk"), last=Max("ended_at"))
            .order_by("-jobs", "error_class", "name")[:most]
        )
        for error_class, name, jobs, last in groups:
            latest = failed.filter(error_class=error_class, name=name).order_by("-created_at").first()
            yield Error(error_class, name, jobs, last, latest.error if latest else "")

    @property
    def _succeeded(self) -> Any:
        return self.within.filter(state=State.SUCCEEDED)


def _summed[K](items: Iterable[tuple[K, Tally]]) -> dict[K, Tally]:
    sums: dict[K, Tally] = {}
    for key, tally in items:
        sums.setdefault(key, Counter()).update(tally)
    return sums


def success(tally: Tally) -> Share | None:
    """Of the jobs that came to an end by themselves; None when none has."""
    ended = tally[State.SUCCEEDED] + tally[State.FAILED]
    return Share(tally[State.SUCCEEDED] / ended) if ended else None


def unfinished(tally: Tally) -> int:
    return sum(count for state, count in tally.items() if state not in FINAL)
