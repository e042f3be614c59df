"""The law of all figures of failures, written here alone.

Jobs that failed are counted as they ended. Of these, those that a later run of the same work repaired and
those that need somebody add up to the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from tasks_app.models import Job, State


@dataclass(frozen=True)
class Failures:
    ended: int
    repaired: int

    @property
    def need_somebody(self) -> int:
        return self.ended - self.repaired


def failures_of(jobs: QuerySet[Job]) -> Failures:
    """Of these jobs, in one query; the caller bounds them by an index."""
    failed = Q(state=State.FAILED)
    counted = jobs.order_by().aggregate(
        ended=Count("pk", filter=failed),
        repaired=Count("pk", filter=failed & Q(repaired_at__isnull=False)),
    )
    return Failures(**counted)
