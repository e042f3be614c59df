"""A time that stands until it is moved, failed jobs in it, and their figures counted in plain Python."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks_app.failures import counting, spans
from tasks_app.failures.figures import Figures, figures_of, look
from tasks_app.failures.keys import Key, key_of_group
from tasks_app.failures.reach import with_reach
from tasks_app.failures.spans import Window
from tasks_app.models import FailureGroup, Job, State, TallyProgress

EMAIL, REPORT = "tasks_app.tasks.envoi_email", "tasks_app.tasks.rapport_pdf"
OPTED_OUT = "email.recipient_opted_out"
FOREIGN = "KeyError@backoffice.emails.compose:submit#0a1b2c3d4e5f"
# In Paris the clocks went back five days before: a window of days has one of 25 hours.
BEGINNING = datetime(2026, 10, 30, 9, 17, 3, tzinfo=UTC)


@dataclass
class Time:
    """What the database's time is; `shared_time.now` asks it."""

    now: datetime = BEGINNING

    def passes(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)


def fail(ended: datetime, cause: str | None = OPTED_OUT, **fields: Any) -> Job:
    given: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "name": EMAIL,
        "queue": "high",
        "state": State.FAILED,
        "created_at": ended,
        "available_at": ended,
        "started_at": ended,
        "ended_at": ended,
        "error": "no",
        "cause": cause,
        "message": {"headers": {}},
    }
    return Job.objects.create(**given | fields)


def repair(job: Job, at: datetime) -> None:
    Job.objects.filter(pk=job.pk).update(repaired_at=at)


def the_clock_counts(time: Time) -> int:
    """All that has settled by now."""
    if not TallyProgress.objects.exists():
        TallyProgress.objects.create(until=time.now)
    return counting.count(time.now, budget=float("inf"))  # however slow the machine


def the_group(cause: str = OPTED_OUT, kind: str = EMAIL, error_class: str = "") -> FailureGroup:
    return FailureGroup.objects.get(kind=kind, cause=cause, error_class=error_class)


def windows(time: Time) -> list[Window]:
    return [spans.hour(time.now), spans.day(time.now), spans.week(time.now), spans.days(time.now, 14)]


def shown(time: Time) -> dict[Key, Figures]:
    """What pages say of each cause."""
    seen = look()
    groups = list(with_reach(FailureGroup.objects.all()))
    found = figures_of(groups, seen, windows(time))
    return {key_of_group(group): found[group.pk] for group in groups}


@dataclass(frozen=True)
class ByHand:
    failed: Counter[Key] = field(default_factory=Counter)
    repaired: Counter[Key] = field(default_factory=Counter)

    @classmethod
    def read(cls, since: datetime | None = None) -> ByHand:
        found = cls()
        for job in Job.objects.all():
            if job.state == "failed" and (since is None or (job.ended_at and job.ended_at >= since)):
                key = Key(job.name, job.cause or "", "" if job.cause else job.error_class)
                found.failed[key] += 1
                found.repaired[key] += job.repaired_at is not None
        return found
