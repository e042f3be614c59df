"""Ringing the bell: rows that are committed go to Redis, in one attempt within a budget.

A publish that fails costs nothing but time: the row keeps `published_at` NULL and the clock publishes it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.connection import Connection
from kombu.exceptions import BatchPublishError, EncodeError, OperationalError, SerializerNotInstalled
from kombu.messaging import Producer
from redis.exceptions import RedisError

from tasks_app.broker.queues import is_wrong_kind, kinds_of_keys, set_aside
from tasks_app.db import shared_time
from tasks_app.ledger import causes, hot_sql, transitions
from tasks_app.ledger.failure import because
from tasks_app.ledger.message_codec import message_of_job
from tasks_app.models import Job

logger = logging.getLogger(__name__)

# How long a process leaves the broker alone after it failed to answer: people's clicks stay quick.
BREAKER_SECONDS = 3.0
# What a broker that is refused, silent, full or gone raises, through redis-py or kombu.
BROKER_ERRORS: tuple[type[Exception], ...] = (OSError, RedisError, OperationalError, BatchPublishError)
# What building a message raises that no broker could take: a field is missing, an encoder unknown.
UNPUBLISHABLE = (
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    EncodeError,
    SerializerNotInstalled,
)
# Messages that go to the broker in one round trip, and rows that are marked in one statement.
BATCH = 500
# A row whose message cannot be built is set aside this long, with a note: the others go on.
UNPUBLISHABLE_PAUSE = timedelta(minutes=5)


class _BrokerConnection(threading.local):
    """This thread's own connection, with timeouts that add up to the budget of a click."""

    connection: Connection | None = None
    producer: Producer | None = None
    pid = 0

    def open(self) -> Producer:
        """A producer whose socket answers within half the budget or fails."""
        if self.producer is None or self.pid != os.getpid():  # a forked child never shares a socket
            budget = settings.PUBLISH_BUDGET.total_seconds()
            self.connection = current_app.connection_for_write(
                transport_options=dict(
                    current_app.conf.broker_transport_options,
                    socket_timeout=budget / 2,
                    socket_connect_timeout=budget / 2,
                )
            )
            self.producer = Producer(self.connection, auto_declare=False)
            self.pid = os.getpid()
        return self.producer

    def drop(self) -> None:
        if self.connection is not None and self.pid == os.getpid():
            self.connection.release()
        self.connection = self.producer = None


_connection = _BrokerConnection()
_closed_until = 0.0  # monotonic seconds; of this process


def publish_after_commit(jobs: Sequence[Job]) -> None:
    """Publish once the surrounding transaction is committed; at once where there is none."""
    transaction.on_commit(partial(publish, list(jobs)))


def publish(jobs: Iterable[Job], *, patient: bool = False) -> int:
    """Push what is due and mark it; returns how many the broker took.

    `patient` is for the clock, which asks again whatever the breaker says and takes the time it needs;
    anybody else stops at the budget. Never raises for a broker that is refused, silent or full.
    """
    global _closed_until
    now = shared_time.now()
    due = [job for job in jobs if job.available_at is not None and job.available_at <= now]
    if not due or (not patient and time.monotonic() < _closed_until):
        return 0
    deadline = time.monotonic() + settings.PUBLISH_BUDGET.total_seconds()
    taken = 0
    try:
        for batch in batched(due, BATCH):
            if not patient and time.monotonic() > deadline:
                logger.info("%d of %d jobs are left to the clock.", len(due) - taken, len(due))
                break
            published_at = shared_time.now()
            published = _publish_batch(batch, published_at)
            mark_published(published, published_at)
            taken += len(published)
    except BROKER_ERRORS as error:
        _closed_until = time.monotonic() + BREAKER_SECONDS
        _connection.drop()
        if is_wrong_kind(error):
            clear_the_way({job.queue for job in due})
        logger.warning(
            "The broker took %d of %d jobs (%s); the clock publishes the rest.",
            taken,
            len(due),
            error.__cause__ or error,
        )
    else:
        _closed_until = 0.0
    return taken


def clear_the_way(queues: Iterable[str]) -> None:
    """What lies in the place of one queue would keep the jobs of all others from being published."""
    try:
        with broker_channel() as channel:
            set_aside(channel.client, kinds_of_keys(channel, queues))
    except BROKER_ERRORS as error:
        logger.warning("The broker cannot be asked what it holds: %s", error)


def _publish_batch(batch: Sequence[Job], now: datetime) -> list[str]:
    """One round trip for all of them; returns the ids of those that could be published."""
    producer = _connection.open()
    send = current_app.amqp.send_to_broker
    published: list[str] = []
    broken: list[tuple[str, Exception]] = []
    with producer.batch(max_size=BATCH):
        for job in batch:
            try:
                send(producer, job.name, message_of_job(job), **_routing(job))
            except UNPUBLISHABLE as error:
                broken.append((job.id, error))
            else:
                published.append(job.id)
    for job_id, reason in broken:
        logger.error("Job %s cannot be published: its stored message is broken.", job_id, exc_info=reason)
        why = because(causes.NOT_PUBLISHABLE(error=repr(reason)))
        transitions.put_off(job_id, now + UNPUBLISHABLE_PAUSE, why)
    return published


@contextmanager
def broker_channel() -> Iterator[Any]:
    """The connection's channel, to ask the broker what it holds; raises BROKER_ERRORS within the budget."""
    try:
        yield _connection.open().channel
    except BROKER_ERRORS:
        _connection.drop()
        raise


def mark_published(ids: Sequence[str], published_at: datetime) -> None:
    """Only rows that still wait to start: a worker may have run the job before this statement, or refused it
    because its queue is paused, which leaves it to the clock. So does what was put back since `published_at`,
    the moment before the push: it is due later than that."""
    if ids:
        hot_sql.mark_published(ids, published_at)


def let_go_of_connection() -> None:
    """This thread's, which ends."""
    _connection.drop()


def reset_connection() -> None:
    """Forget connection and breaker, as after a change of broker."""
    global _closed_until
    _closed_until = 0.0
    _connection.drop()


def _routing(job: Job) -> dict[str, Any]:
    stored = dict(job.message["routing"])
    if not stored.get("exchange"):
        stored.pop("exchange", None)
        stored.pop("routing_key", None)
        stored["declare"] = []  # a list in Redis needs no declaration, which costs eight round trips
    else:
        stored.pop("queue")  # the caller named exchange and routing key, no queue
    return stored | {"retry": False}
