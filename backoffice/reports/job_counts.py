"""The jobs of a period, counted for reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, F, Max, Value, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext, pgettext_lazy

from backoffice.reports.buckets import Buckets
from backoffice.reports.durations import Durations, durations_by
from backoffice.reports.formatting import shown
from backoffice.reports.periods import Period, zone
from backoffice.reports.sections import Share
from backoffice.reports.selection import Selection, of_period
from tasks_app.models import FINAL, Job, State
from tasks_app.monitor.failure_counts import Failures, failures_of
from tasks_app.notices import hint, say_in_general

type Tally = Counter[str]  # jobs by state

# Over numbers of jobs: other languages than English have a plural there.
SUCCEEDED, FAILED = pgettext_lazy("count", "Succeeded"), pgettext_lazy("count", "Failed")
CANCELLED = pgettext_lazy("count", "Cancelled")


NOT_FINISHED = frozenset(State) - FINAL
BY_THEMSELVES = frozenset({State.SUCCEEDED, State.FAILED})  # came to an end so


@dataclass(frozen=True)
class Cause:
    """What jobs failed by, and how often."""

    code: str | None  # None: of jobs from before there were codes
    error_class: str  # of those alone
    jobs: int
    last: datetime | None
    names: list[str]  # of their tasks

    @property
    def key(self) -> str:
        """What its jobs are told by among the rows behind figures."""
        return self.code or f"class:{self.error_class}"

    @property
    def in_general(self) -> str:
        """Without persons or values, in the reader's language."""
        if self.code:
            return say_in_general(self.code)
        return gettext("%(error)s, from before causes were kept") % {
            "error": self.error_class.rpartition(".")[2] or gettext("Unnamed")
        }

    @property
    def hint(self) -> str:
        return hint(self.code) if self.code else ""


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

    @property
    def rows(self) -> Selection:
        """All of them, as what is behind a figure."""
        return of_period("jobs", self.period)

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

    @cached_property
    def failures(self) -> Failures:
        return failures_of(self.within)

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

    def causes(self, most: int) -> Iterator[Cause]:
        """Of the jobs that failed; the most frequent first."""
        without_code = Case(When(cause=None, then=F("error_class")), default=Value(""))
        failed = self.within.filter(state=State.FAILED).annotate(of_class=without_code)
        groups = (
            failed.values_list("cause", "of_class")
            .annotate(jobs=Count("pk"), last=Max("ended_at"))
            .order_by("-jobs", "cause", "of_class")[:most]
        )
        for code, error_class, jobs, last in groups:
            names = failed.filter(cause=code, of_class=error_class).values_list("name", flat=True).distinct()
            yield Cause(code, error_class, jobs, last, sorted(names))

    @property
    def _succeeded(self) -> Any:
        return self.within.filter(state=State.SUCCEEDED)


def _summed[K](items: Iterable[tuple[K, Tally]]) -> dict[K, Tally]:
    sums: dict[K, Tally] = {}
    for key, tally in items:
        sums.setdefault(key, Counter()).update(tally)
    return sums


def behind_counts(rows: Selection) -> list[Selection]:
    """Of those rows: all, that succeeded, failed, were cancelled, are not finished; of which a rate is."""
    one = [rows.of_states([state]) for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED)]
    return [rows, *one, rows.of_states(NOT_FINISHED), rows.of_states(BY_THEMSELVES)]


def success(tally: Tally) -> Share | None:
    """Of the jobs that came to an end by themselves; None when none has."""
    ended = tally[State.SUCCEEDED] + tally[State.FAILED]
    return Share(tally[State.SUCCEEDED] / ended) if ended else None


def unfinished(tally: Tally) -> int:
    return sum(count for state, count in tally.items() if state not in FINAL)


def said_of(failures: Failures) -> str:
    """What became of them, below their number; "" where there is none, or nothing more to say."""
    if not failures.repaired:
        return ""
    return gettext("of which %(repaired)s repaired since; %(open)s not repaired") % {
        "repaired": shown(failures.repaired),
        "open": shown(failures.need_somebody),
    }
