"""After the time went back: what a clock that was ahead wrote would wait for an hour that is far off.

Also what a host whose own clock was ahead wrote before it noticed. That a row is of such a clock is told by
when it was launched or last ran: in what is still to come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from tasks_app.control import pauses
from tasks_app.db.bad_rows import read_each
from tasks_app.db.pages import ids_in_pages
from tasks_app.ledger import moved_time
from tasks_app.models import Job, Node, State
from tasks_app.schedules.replanning import replan

logger = logging.getLogger(__name__)

# Written later than this from now: by a clock that was ahead.
AHEAD = timedelta(seconds=5)
LATELY = timedelta(minutes=10)
BATCH = 500


@dataclass(frozen=True)
class Mended:
    schedules: int
    jobs: int
    pauses: int

    def __bool__(self) -> bool:
        return bool(self.schedules or self.jobs or self.pauses)


def mend(now: datetime, after_batch: Callable[[], object] = lambda: None) -> Mended:
    """Next slots, jobs and ends of pauses that are of a time which is far off; harmless where none are."""
    mended = Mended(replan(now, after_batch), mend_jobs(now), pauses.bring_forward(now))
    if mended:
        logger.warning(
            "After the time went back: %d schedules, %d jobs and %d pauses were given the time that they "
            "should have.",
            mended.schedules,
            mended.jobs,
            mended.pauses,
        )
    return mended


def mend_jobs(now: datetime) -> int:
    """Jobs alone; returns how many waited for too long."""
    moved_time.date_publications_back(now + AHEAD, now)
    return _bring_jobs_forward(now)


def somebody_is_ahead(now: datetime) -> bool:
    """Whether a host's clock is ahead, or was set lately: what it wrote before it noticed may be of then."""
    ahead = Q(details__clock_ahead_ms__gte=AHEAD / timedelta(milliseconds=1))
    lately = Q(details__clock_jump__at__gte=(now - LATELY).isoformat())
    return Node.objects.alive(now).filter(ahead | lately).exists()


def _bring_jobs_forward(now: datetime) -> int:
    """Waiting jobs that were launched, or last ran, in what is to come: their delay counts from now on."""
    ahead = now + AHEAD
    late = Job.objects.filter(state=State.WAITING, available_at__gt=ahead)
    late = late.filter(Q(created_at__gt=ahead) | Q(started_at__gt=ahead))
    moments = Job.objects.only("available_at", "created_at", "started_at")
    count = 0
    for ids in ids_in_pages(late, BATCH):
        found, _unread = read_each(moments, ids)
        for job in found:
            written = max(job.created_at, job.started_at or job.created_at)
            delay = max((job.available_at or written) - written, timedelta())
            count += moved_time.bring_forward(job.id, job.available_at, now + delay, now)
    return count
