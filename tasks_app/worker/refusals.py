"""The messages that a worker's main process cannot run: each is written down, then it is acknowledged.

Nothing is acknowledged before its row is committed. While the database is away they are kept here, and the
worker takes no more than it may hold. Of a flood the first of each minute get rows, the others are counted.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from celery import current_app, signals
from celery.exceptions import InvalidTaskError, NotRegistered
from django.db import InterfaceError, OperationalError, connection
from django.utils.functional import Promise
from kombu.exceptions import ContentDisallowed, DecodeError

from tasks_app.db.outage import is_of_the_value
from tasks_app.errors import CodedError
from tasks_app.ledger import causes
from tasks_app.ledger.message_checks import wrong_part
from tasks_app.ledger.refused_message import (
    Allowance,
    MessageRefused,
    Received,
    count_messages,
    fail_its_job,
    keep_refused,
    refused,
)
from tasks_app.models import Job, MessageTally
from tasks_app.worker.result_writer import tell_that_refused
from tasks_app.worker.what_arrived import beginning, payload_of, received_of

logger = logging.getLogger(__name__)

allowance = Allowance()  # of this process


@dataclass
class Refusal:
    """A message that is to be written down, and acknowledged then."""

    message: Any
    received: Received
    error: MessageRefused


class Refusals:
    """What is not written down yet."""

    def __init__(self) -> None:
        self.waiting: deque[Refusal] = deque()
        self.uncounted = 0

    def add(self, message: Any, reason: Exception) -> None:
        """Refuse a message for a reason; it is acknowledged once its row is there."""
        received = received_of(message, whole=isinstance(reason, NotRegistered))
        told = _told(message, reason)
        error = told if isinstance(told, MessageRefused) else refused(received.queue, told)
        logger.error("%s (%r, %r)", error, received.name, received.job_id)
        if received.ours or allowance.take():
            self.waiting.append(Refusal(message, received, error))
            self.write()
        else:
            self.uncounted += 1
            _acknowledge(message)

    def write(self) -> None:
        """Write down what waits, and count the rest; whatever the database does not take now comes again."""
        try:
            while self.waiting:
                self._write_first()
            if self.uncounted:
                count_messages(MessageTally.Reason.FLOOD, self.uncounted)
                self.uncounted = 0
        except (OperationalError, InterfaceError) as error:
            connection.close()
            logger.error("What was refused is not written down yet: the database is away (%s).", error)

    def _write_first(self) -> None:
        """One that no row takes in any form is counted: the others do not wait for it."""
        first = self.waiting[0]
        try:
            write_down(first.received, first.error)
        except Exception as error:
            if not is_of_the_value(error):
                raise
            logger.exception("What was refused cannot be shown.")
            self.uncounted += 1
        self.waiting.popleft()
        _acknowledge(first.message)


refusals = Refusals()  # of this process


@signals.worker_shutdown.connect
def write_the_last(**_: Any) -> None:
    refusals.write()


def write_down(received: Received, error: MessageRefused) -> Job | None:
    """The failed job of a refused message; of one of ours, its own job, which fails where it waits for that
    message: published again, it would be refused again, for ever."""
    if received.ours:
        return _fail_its_job(received, error)
    if received.whole and Job.objects.filter(id=received.job_id, name=received.name).exists():
        return None  # it came twice
    job = keep_refused(received, error)
    if job.id == received.job_id:
        tell_that_refused(job, error)
    return job


def refuse_note(note: bytes) -> None:
    """What somebody wrote among kombu's notes of taken messages."""
    queue = current_app.conf.task_default_queue
    error = refused(queue, CodedError(causes.AMONG_THE_NOTES()))
    logger.error("%s", error)
    if allowance.take():
        keep_refused(Received(queue, parts={"text": beginning(note)}), error)
    else:
        count_messages(MessageTally.Reason.FLOOD)


def _fail_its_job(received: Received, error: MessageRefused) -> Job | None:
    job = Job.objects.filter(id=received.job_id).first()
    if job is None:
        count_messages(MessageTally.Reason.PRUNED)
    elif job.name == received.name and fail_its_job(job.id, error):
        tell_that_refused(job, error)
    return job


_WITH_SENTENCES = (CodedError, InvalidTaskError, ContentDisallowed, DecodeError)


def _told(message: Any, reason: Exception) -> object:
    """Celery and we have sentences; what Python says of a part that it stumbled over is none."""
    if isinstance(reason, _WITH_SENTENCES):
        return reason.args[0] if reason.args and isinstance(reason.args[0], Promise) else reason
    if isinstance(reason, NotRegistered):
        return CodedError(causes.NO_TASK_OF_THAT_NAME(name=str(reason.args[0])))
    headers = message.headers if isinstance(message.headers, Mapping) else {}
    wrong = not message.errors and wrong_part(headers, payload_of(message))
    return wrong or CodedError(causes.NO_MESSAGE(error=f"{type(reason).__name__}: {reason}"))


def _acknowledge(message: Any) -> None:
    if not message.acknowledged:
        message.ack_log_error(logger, (Exception,))  # it comes again, and is refused again
