"""The jobs of a period beside those of earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.reports.comparing.changes import Change, Sense
from backoffice.reports.comparing.table import Comparison, on_record_since
from backoffice.reports.job_counts import BY_THEMSELVES, CANCELLED, FAILED, SUCCEEDED, Jobs, success
from backoffice.reports.periods import Period
from backoffice.reports.selection import Selection
from tasks_app.catalogue import label_of
from tasks_app.models import Job, State

FIGURES = [
    (SUCCEEDED, State.SUCCEEDED, Sense.NEITHER),
    (FAILED, State.FAILED, Sense.FEWER),
    (CANCELLED, State.CANCELLED, Sense.NEITHER),
]


def comparison_of(jobs: Jobs, made_at: datetime) -> Comparison:
    oldest: datetime | None = Job.objects.aggregate(oldest=Min("created_at"))["oldest"]
    since = on_record_since(oldest, made_at, settings.RETENTION_DAYS["jobs"])

    def figures(period: Period) -> list[Change]:
        return _figures(jobs, Jobs(period))

    def counts(period: Period) -> Iterator[Change]:
        return _counts(jobs, Jobs(period))

    return Comparison(jobs.period, made_at, since, figures, counts)


def _figures(now: Jobs, before: Jobs) -> list[Change]:
    def behind(*states: State) -> tuple[Selection, Selection]:
        return now.rows.of_states(states), before.rows.of_states(states)

    counted = [
        Change(label, now.tally[state], before.tally[state], sense, behind(state))
        for label, state, sense in FIGURES
    ]
    rate, rates = (success(now.tally), success(before.tally)), behind(*BY_THEMSELVES)
    return [
        Change(_("Jobs"), now.total, before.total, behind=(now.rows, before.rows)),
        *counted,
        Change(_("Success rate"), *rate, Sense.MORE, rates),
        Change(_("Median duration"), _median(now), _median(before), Sense.FEWER, behind(State.SUCCEEDED)),
    ]


def _median(jobs: Jobs) -> timedelta | None:
    took = jobs.durations().get("")
    return took.median if took else None


def _counts(now: Jobs, before: Jobs) -> Iterator[Change]:
    """By kind: what was launched, and what of it failed."""
    for name in sorted({*now.by_kind, *before.by_kind}):
        of_now, of_before = (jobs.by_kind.get(name, Counter()) for jobs in (now, before))
        named = {"kind": label_of(name)}
        yield Change(gettext("jobs “%(kind)s”") % named, of_now.total(), of_before.total())
        yield Change(
            gettext("jobs “%(kind)s” that failed") % named, of_now[State.FAILED], of_before[State.FAILED]
        )
