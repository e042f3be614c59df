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
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.messaging import Producer
from redis.exceptions import RedisError

from tasks_app import ledger
from tasks_app.messages import message_of_job
from tasks_app.models import Job, State

logger = logging.getLogger(__name__)

# How long a process leaves the broker alone after it failed to answer: people's clicks stay quick.
BREAKER_SECONDS = 3.0
# What a broker that is refused, silent, full or gone raises, through redis-py or kombu.
BROKER_ERRORS: tuple[type[Exception], ...] = (OSError, RedisError, OperationalError)
# A row whose message cannot be built is set aside this long, with a note: the others go on.
UNPUBLISHABLE_PAUSE = timedelta(minutes=5)


class _Line(threading.local):
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


_line = _Line()
_closed_until = 0.0  # monotonic seconds; of this process


def publish_after_commit(jobs: Sequence[Job]) -> None:
    """Publish once the surrounding transaction is committed; at once where there is none."""
    transaction.on_commit(partial(publish, list(jobs)))


def publish(jobs: Iterable[Job], *, patient: bool = False) -> int:
    """Push what is due and mark it; returns how many the broker took.

    `patient` is for the clock, which asks again whatever the breaker says. Never raises for a broker
    that is refused, silent or full.
    """
    global _closed_until
    now = timezone.now()
    due = [job for job in jobs if job.available_at is not None and job.available_at <= now]
    if not due or (not patient and time.monotonic() < _closed_until):
        return 0
    pushed: list[str] = []
    try:
        producer = _line.open()
        send = current_app.amqp.push
        for job in due:
            try:
                message, routing = message_of_job(job), _routing(job)
            except (KeyError, TypeError, ValueError) as error:
                logger.exception("Job %s cannot be published: its stored message is broken.", job.id)
                note = _("Its stored message cannot be published (%s).") % repr(error)
                ledger.put_back(job.id, note, now + UNPUBLISHABLE_PAUSE)
                continue
            send(producer, job.name, message, **routing)
            pushed.append(job.id)
    except BROKER_ERRORS as error:
        _closed_until = time.monotonic() + BREAKER_SECONDS
        _line.drop()
        logger.warning(
            "The broker took %d of %d jobs (%s); the clock publishes the rest.", len(pushed), len(due), error
        )
    else:
        _closed_until = 0.0
    mark_published(pushed)
    return len(pushed)


@contextmanager
def broker_channel() -> Iterator[Any]:
    """The line's kombu channel, to ask the broker what it holds; raises BROKER_ERRORS within the budget."""
    try:
        yield _line.open().channel
    except BROKER_ERRORS:
        _line.drop()
        raise


def mark_published(ids: Sequence[str]) -> None:
    """Only rows that still wait: a worker may have run the job before this statement."""
    if ids:
        Job.objects.filter(id__in=ids, state=State.WAITING, published_at=None).update(
            published_at=timezone.now()
        )


def reset_line() -> None:
    """Forget connection and breaker, as after a change of broker."""
    global _closed_until
    _closed_until = 0.0
    _line.drop()


def _routing(job: Job) -> dict[str, Any]:
    stored = dict(job.message["routing"])
    if not stored.get("exchange"):
        stored.pop("exchange", None)
        stored.pop("routing_key", None)
    else:
        stored.pop("queue")  # the caller named exchange and routing key, no queue
    return stored | {"retry": False}
