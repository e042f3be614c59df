"""Work that was lost, found again: never published, lost by the broker, or its worker gone.

`recover(now)` is a step of every tick of every clock; two of them are harmless, because each change is a
guarded UPDATE and a second message of a job is refused by its claim.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from tasks_app.broker.lost_messages import find_what_the_broker_lost
from tasks_app.broker.publishing import publish
from tasks_app.ledger import causes
from tasks_app.ledger.lost_run import lose
from tasks_app.models import Job, QueueState, State
from tasks_app.notices import Notice
from tasks_app.worker.result_writer import tell_that_lost

logger = logging.getLogger(__name__)

BATCH = 500
# A click publishes its own job; the clock takes over what is still unpublished after this.
PUBLISHER_HEADSTART = timedelta(seconds=1)
PUBLISHING_TIME = 3.0  # seconds of one tick
# A lost job whose kind cannot tell what that means is asked about again after this: each time is a traceback.
LEFT_ALONE = 60.0  # seconds
_tried_at: dict[str, float] = {}  # monotonic, by job


@dataclass
class Recovered:
    published: int = 0
    lost_by_workers: int = 0
    lost_by_broker: int = 0


def recover(now: datetime, *, leases: bool = True) -> Recovered:
    """Publish what is due, take back what dead workers held, find what the broker lost.

    Without `leases` no worker is given up: right after the database was away, none could renew its lease.
    """
    found = Recovered()
    if leases:
        with going_on("Leases that ran out were not all looked at."):
            found.lost_by_workers = take_back_expired_leases(now)
    with going_on("What the broker lost was not looked for."):
        found.lost_by_broker = find_what_the_broker_lost(now)
    with going_on("Jobs that are due were not all published."):
        found.published = publish_due(now)
    return found


@contextmanager
def going_on(sentence: str, *values: object) -> Iterator[None]:
    """What one job or one step raises stops no other: it is logged, with this sentence.

    A database that is away is everybody's matter, and the scheduler's to wait for.
    """
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception(sentence, *values)


def publish_due(now: datetime) -> int:
    """Retries that are due, launches whose publish failed, jobs put back: oldest first.

    A hundred thousand of them take many ticks, so that schedules that are due never wait for them.
    """
    published = 0
    deadline = time.monotonic() + PUBLISHING_TIME
    paused = QueueState.objects.filter(paused=True).values("name")
    while True:
        due = list(
            Job.objects.filter(
                state=State.WAITING, published_at=None, available_at__lte=now - PUBLISHER_HEADSTART
            )
            .exclude(queue__in=paused)
            .order_by("available_at")[:BATCH]
        )
        taken = publish(due, patient=True)
        published += taken
        if len(due) < BATCH or taken < len(due) or time.monotonic() > deadline:
            return published


# --- workers that are gone ------------------------------------------------------------------------


def take_back_expired_leases(now: datetime) -> int:
    expired = Job.objects.running().filter(lease_until__lt=now).order_by("lease_until")
    taken = 0
    patience = time.monotonic() - LEFT_ALONE
    for job_id, token, worker in list(expired.values_list("id", "token", "worker")[:BATCH]):
        if _tried_at.get(job_id, patience) > patience:
            continue
        reason = causes.WORKER_SILENT(worker=worker)
        with going_on("Job %s lost its worker, and what becomes of it cannot be told.", job_id):
            taken += _lost_or_left_alone(job_id, token, reason, now)
    return taken


def _lost_or_left_alone(job_id: str, token: str, reason: Notice, now: datetime) -> bool:
    try:
        decided = lose(
            job_id,
            token,
            reason,
            tell_that_lost,
            expired_at=now,
            again_at=now - PUBLISHER_HEADSTART,  # the same tick publishes it
        )
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _tried_at[job_id] = time.monotonic()
        raise
    _tried_at.pop(job_id, None)
    return decided
