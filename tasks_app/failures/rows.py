"""Failed jobs as they are counted: few columns, read by indexes that other jobs are not in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from tasks_app.failures.keys import Key, key_of
from tasks_app.models import Job, State

COLUMNS = ("id", "name", "cause", "error_class", "started_at", "ended_at")


@dataclass(frozen=True)
class Failed:
    id: str
    key: Key
    started_at: datetime  # of the run that failed; of a job that never ran, its end
    ended_at: datetime


@dataclass(frozen=True)
class Repaired:
    key: Key
    ended_at: datetime
    repaired_at: datetime


def failed_after(moment: datetime | None) -> QuerySet[Job]:
    """In the order in which they ended."""
    failed = Job.objects.filter(state=State.FAILED, ended_at__isnull=False).order_by("ended_at")
    return failed if moment is None else failed.filter(ended_at__gt=moment)


def repaired_after(moment: datetime | None) -> QuerySet[Job]:
    """In the order in which they were repaired."""
    # The state as an expression, which the indexes of failed jobs do not have, and that it ended is looked at
    # when it is read: else PostgreSQL walks all that failed to find those that were repaired lately.
    failed = Job.objects.alias(is_now=Coalesce("state", Value(""))).filter(is_now=State.FAILED)
    repaired = failed.filter(repaired_at__isnull=False).order_by("repaired_at")
    return repaired if moment is None else repaired.filter(repaired_at__gt=moment)


def read_failed(jobs: QuerySet[Job]) -> list[Failed]:
    return list(_failed(jobs.values_list(*COLUMNS)))


def _failed(rows: Iterable[tuple[Any, ...]]) -> Iterable[Failed]:
    for pk, name, cause, error_class, started_at, ended_at in rows:
        yield Failed(pk, key_of(name, cause, error_class), started_at or ended_at, ended_at)


def read_repaired(jobs: QuerySet[Job]) -> list[Repaired]:
    columns = ("name", "cause", "error_class", "ended_at", "repaired_at")
    return [
        Repaired(key_of(name, cause, error_class), ended_at, repaired_at)
        for name, cause, error_class, ended_at, repaired_at in jobs.values_list(*columns)
        if ended_at is not None
    ]
