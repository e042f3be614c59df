"""Moments that a clock ahead of its time wrote into the rows of jobs, put right. No state changes here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, DateTimeField, F, Value, When
from django.db.models.functions import Least

from tasks_app.models import Job, State

# Hosts may have leases of different lengths for a while; an hour too much is no such thing.
LEASE_SLACK = timedelta(minutes=5)


def bring_forward(job_id: str, was: datetime | None, available_at: datetime, now: datetime) -> bool:
    """A waiting job that a clock ahead of its time had put off; dated `now`, so that it is found no more."""
    return bool(
        Job.objects.filter(id=job_id, state=State.WAITING, available_at=was).update(
            available_at=available_at,
            published_at=None,
            created_at=Least(F("created_at"), Value(now, DateTimeField())),
            started_at=Case(
                When(started_at__gt=now, then=Value(now, DateTimeField())), default=F("started_at")
            ),
        )
    )


def shorten_leases(now: datetime) -> None:
    """Leases that reach much further than any may, written by a clock that was ahead, count from now on.

    Living runs renew theirs.
    """
    longest = now + 2 * settings.JOB_LEASE + LEASE_SLACK
    too_long = Job.objects.running().filter(lease_until__gt=longest).order_by()
    if too_long.exists():  # an idle tick writes nothing
        too_long.update(lease_until=now + settings.JOB_LEASE)


def date_publications_back(later_than: datetime, now: datetime) -> int:
    """Publications in what is to come: a message of theirs that was lost would not be missed till then."""
    published = Job.objects.filter(state=State.WAITING, published_at__gt=later_than)
    return published.update(published_at=now)
