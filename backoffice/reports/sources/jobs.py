"""Jobs: those launched in a period, those that ended in the last day, those that wait or run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.reports.job_counts import Cause
from backoffice.reports.periods import Period
from backoffice.reports.sources.population import Values, moment
from backoffice.reports.sources.source import MOST_ROWS, Counted, Form, Source
from tasks_app.db.pages import in_pages
from tasks_app.models import FINAL, Job, State
from tasks_app.models.job import is_due

READ = ("id", "created_at", "name", "state", "queue", "started_at", "ended_at", "cause", "error_class")
PAGE = 2_000
MICROSECOND = timedelta(microseconds=1)
LAUNCHED, ENDED, UNFINISHED = "jobs", "ended", "unfinished"


class _Jobs(Source):
    columns: ClassVar = (
        Counted("created_at", _("Launched"), Form.MOMENT),
        Counted("name", _("Kind"), Form.TASK),
        Counted("state", _("State"), Form.JOB_STATE),
        Counted("took", _("Took"), Form.SPAN),
        Counted("cause", _("Cause"), Form.CAUSE),
    )

    def jobs(self) -> QuerySet[Job]:
        raise NotImplementedError

    def total(self) -> int:
        return self.jobs().count()

    def rows(self) -> Iterator[tuple[str, Values]]:
        found = self.jobs().values_list(*READ, named=True)
        for page in in_pages(found, by=("created_at", "id"), size=PAGE):
            yield from map(self.values_of, page)

    def known(self, ids: Collection[str]) -> Iterator[tuple[str, Values]]:
        found = Job.objects.filter(pk__in=ids).order_by()
        yield from map(self.values_of, found.values_list(*READ, named=True))

    def row(self, key: str) -> tuple[type[Model], Any]:
        return Job, key

    def values_of(self, job: Any) -> tuple[str, Values]:
        failed = job.state == State.FAILED
        cause = Cause(job.cause, job.error_class, 1, None, []).key if failed else ""
        return job.id, (moment(job.created_at), job.name, job.state, took(job), cause)


class Launched(_Jobs):
    name = LAUNCHED
    title = _("Jobs launched in the period")

    def jobs(self) -> QuerySet[Job]:
        period = Period(*map(date.fromisoformat, self.arguments))
        return Job.objects.filter(created_at__gte=period.start, created_at__lt=period.end)


class Ended(_Jobs):
    name = ENDED
    title = _("Jobs that ended in the 24 hours before")

    def jobs(self) -> QuerySet[Job]:
        return Job.objects.filter(ended_at__gte=self.moment - timedelta(days=1), state__in=FINAL)


class Unfinished(_Jobs):
    """With their queue, and whether they are due."""

    name = UNFINISHED
    title = _("Jobs that wait or run")
    columns: ClassVar = (
        *_Jobs.columns[:3],
        Counted("queue", _("Queue")),
        Counted("later", _("Not due yet"), Form.YES),
    )

    def jobs(self) -> QuerySet[Job]:
        return Job.objects.filter(state__in=[State.WAITING, State.RUNNING])

    def rows(self) -> Iterator[tuple[str, Values]]:
        self._due = self._due_among(self.jobs())
        yield from super().rows()

    def known(self, ids: Collection[str]) -> Iterator[tuple[str, Values]]:
        self._due = self._due_among(Job.objects.filter(pk__in=ids))
        yield from super().known(ids)

    def values_of(self, job: Any) -> tuple[str, Values]:
        later = job.state == State.WAITING and job.id not in self._due
        return job.id, (moment(job.created_at), job.name, job.state, job.queue, later)

    def _due_among(self, jobs: QuerySet[Job]) -> frozenset[str]:
        """Of as many as a snapshot keeps: in the order of its rows."""
        due = jobs.filter(is_due(self.moment), state=State.WAITING).order_by("created_at", "id")
        return frozenset(due.values_list("pk", flat=True)[:MOST_ROWS])


def took(job: Any) -> int | None:
    """In microseconds, as durations count them."""
    if job.started_at is None or job.ended_at is None:
        return None
    return (job.ended_at - job.started_at) // MICROSECOND  # type: ignore[no-any-return]
