"""Messages that are gone: waiting jobs that were published and are in the broker no more."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched, count, islice
from math import isfinite
from typing import Any

from django.db.models import Q
from redis.exceptions import ResponseError

from tasks_app.broker.publishing import BROKER_ERRORS, broker_channel, clear_the_way
from tasks_app.broker.queues import is_wrong_kind, lists_of
from tasks_app.db.text import is_storable
from tasks_app.ledger import transitions
from tasks_app.models import Job, QueueState, State

logger = logging.getLogger(__name__)

BATCH = 500
# A published job that has not started for this long is looked for in the broker.
SUSPECT_AFTER = timedelta(seconds=30)
# A publisher pushes, then marks its rows: a row younger than this may be marked and its message on its way.
JUST_PUBLISHED = timedelta(seconds=1)
SECOND_LOOK_AFTER = 2 * JUST_PUBLISHED
# Publishers push and then mark, side by side: within this, order in the queue says nothing.
OUT_OF_ORDER = timedelta(seconds=10)
FINDING_TIME = 3.0  # seconds of one tick, to read what there is and put back what is missing
CHUNK = 1_000  # messages, or rows, in memory at once: 2 MB of messages
# Written into the broker by the clock. When it is gone, so may be everything else. Its value is the time
# (seconds since the epoch) to look a second time, and then LOOKED.
MARKER = "backoffice:marker"
LOOKED = "1"


def find_what_the_broker_lost(now: datetime) -> int:
    """Waiting jobs that were published and are in the broker no more: the next publish takes them.

    All ids of a queue are read only when something points to a loss: the clock's marker key is gone (a
    flush, a restart without persistence), or the queue's next message is younger than a job that still
    waits (or there is none). One tick puts back as many as it has time for.
    """
    found, deadline = 0, time.monotonic() + FINDING_TIME
    try:
        with broker_channel() as channel:
            broker = _Broker(channel)
            emptied = broker.was_emptied(now)
            for queue in _suspects(broker, emptied, now):
                for missing in batched(broker.missing(queue, now), BATCH):
                    found += transitions.unpublish_lost(missing)
                    if time.monotonic() > deadline:  # the next tick looks again: the marker is still gone,
                        return found  # or what is left is still older than what is next
            if emptied:  # only now: whoever dies on the way leaves it to the next tick
                broker.mark(now)
    except BROKER_ERRORS as error:
        logger.warning("The broker cannot be asked what it holds: %s", error)
        if is_wrong_kind(error):
            clear_the_way(queue for queue, _oldest in _oldest_published(now))
    return found


def missing_now(now: datetime, most: int) -> list[str]:
    """Ids of what `find_what_the_broker_lost` would put back, so many at most; raises BROKER_ERRORS."""
    with broker_channel() as channel:
        broker = _Broker(channel)
        queues = _suspects(broker, broker.was_emptied(now), now)
        return list(islice((job_id for queue in queues for job_id in broker.missing(queue, now)), most))


def _suspects(broker: _Broker, emptied: bool, now: datetime) -> list[str]:
    """Queues that may have lost messages."""
    return [
        queue
        for queue, oldest in _oldest_published(now)
        if emptied or (oldest < now - SUSPECT_AFTER and broker.passed_over(queue, oldest))
    ]


def _oldest_published(now: datetime) -> Iterator[tuple[str, datetime]]:
    """Each open queue with the publication of its oldest waiting job: one index probe a queue."""
    paused = set(QueueState.objects.paused(now).values_list("name", flat=True))
    published = Job.objects.filter(state=State.WAITING, published_at__isnull=False).order_by(
        "queue", "published_at"
    )
    found = published.values_list("queue", "published_at").first()
    while found:
        if found[1] is not None and found[0] not in paused:
            yield found[0], found[1]
        found = published.filter(queue__gt=found[0]).values_list("queue", "published_at").first()


def _waiting_and_published(queue: str, before: datetime) -> Iterator[list[str]]:
    """Ids of a queue's waiting jobs by their publication, a page at a time: each is read when it is asked
    for, so that no cursor stands open while rows change."""
    rows = Job.objects.filter(state=State.WAITING, queue=queue, published_at__lt=before)
    rows = rows.order_by("published_at", "id")
    page = list(rows.values_list("published_at", "id")[:CHUNK])
    while page:
        yield [job_id for _, job_id in page]
        moment, last = page[-1]
        later = Q(published_at__gt=moment) | Q(published_at=moment, id__gt=last)
        following = rows.filter(later, published_at__gte=moment)
        page = list(following.values_list("published_at", "id")[:CHUNK]) if len(page) == CHUNK else []


def _marker_in(redis: Any) -> str:
    """As the clock wrote it; "" where it is gone, or is somebody else's: all is looked at then."""
    try:
        found = (redis.get(MARKER) or b"").decode()
        return found if isfinite(float(found)) else ""
    except (ResponseError, ValueError) as error:
        if isinstance(error, ResponseError) and not is_wrong_kind(error):
            raise
        return ""


class _Broker:
    """What Redis holds, read in kombu's layout: a list a queue and priority, a hash of what is taken."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.redis = channel.client
        self.marker = _marker_in(self.redis)  # as this look found it

    def was_emptied(self, now: datetime) -> bool:
        """Whether all queues are to be read: the marker is gone, or it is time for the second look.

        One that is further off than any is set was written before the time went back.
        """
        if not self.marker or self.marker == LOOKED:
            return not self.marker
        return not 0 < float(self.marker) - now.timestamp() <= SECOND_LOOK_AFTER.total_seconds()

    def mark(self, now: datetime) -> None:
        """After the first look: a second follows, for what was published just before the broker was emptied
        and could not be told from what was on its way. What another clock has marked meanwhile is no second
        look of this one; a marker that has vanished since it was read leads to a first look again."""
        if self.marker:
            self.redis.set(MARKER, LOOKED, xx=True)
        else:
            self.redis.set(MARKER, str((now + SECOND_LOOK_AFTER).timestamp()))

    def passed_over(self, queue: str, oldest: datetime) -> bool:
        """Whether the next message to be taken was published after a job that still waits."""
        for key in lists_of(self.channel, queue):
            payload = self.redis.lindex(key, -1)
            if payload is not None:
                job_id = _id_of(payload)
                if not is_storable(job_id):  # of no job, and what lies behind it cannot be told by it
                    return True
                published = Job.objects.filter(id=job_id).values_list("published_at", flat=True).first()
                return published is None or published > oldest + OUT_OF_ORDER
        return True

    def missing(self, queue: str, now: datetime) -> Iterator[str]:
        """Ids of waiting, published jobs whose message is neither queued nor taken, oldest first."""
        held = set(self._queued(queue)) | set(self._taken())
        for page in _waiting_and_published(queue, now - JUST_PUBLISHED):
            yield from (job_id for job_id in page if job_id not in held)

    def _queued(self, queue: str) -> Iterator[str]:
        """Ids of the queue's messages, a chunk of them in memory at a time.

        From the end where messages are put: a message that arrives meanwhile moves the others on, so one
        is read twice, and none is left out; what is taken meanwhile is at the other end.
        """
        for key in lists_of(self.channel, queue):
            for at in count(step=CHUNK):
                payloads = self.redis.lrange(key, at, at + CHUNK - 1)
                yield from (_id_of(payload) for payload in payloads)
                if len(payloads) < CHUNK:
                    break

    def _taken(self) -> Iterator[str]:
        """Ids of what workers have taken and not yet acknowledged: a few for each of them."""
        for _tag, value in self.redis.hscan_iter(self.channel.unacked_key, count=CHUNK):
            yield _id_of(value)


def _id_of(payload: bytes) -> str:
    """Of the job that a queued message, or a note of one that was taken, is of. Others may write into a queue
    too: what is no message of Celery's is of no job."""
    try:
        message = json.loads(payload)
        return str((message[0] if isinstance(message, list) else message)["headers"].get("id"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
