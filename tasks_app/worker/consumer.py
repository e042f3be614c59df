"""The worker's main process between the broker and its pool: Celery's, without the round trips to Redis that
say nothing new. In them no job is given out, and they were half of what a busy main process did.

Nothing that comes from the broker ends it, is forgotten, or comes for ever: what cannot be run is refused.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from typing import Any

from celery.exceptions import NotRegistered
from celery.worker.consumer import Consumer
from django.db import InterfaceError, OperationalError, connection

from tasks_app.broker.publishing import clear_the_way
from tasks_app.broker.queues import is_wrong_kind
from tasks_app.db.text import storable_text
from tasks_app.errors import CodedError
from tasks_app.ledger import causes
from tasks_app.ledger.message_codec import OURS
from tasks_app.worker import received, taken_messages
from tasks_app.worker.refusals import refusals

logger = logging.getLogger(__name__)

EVENTS_WAIT = 0.5  # seconds at most; a full buffer (Celery's, two dozen) leaves at once
TIMERS_KEPT = 30.0  # seconds
LOOKED_AT_AGAIN = 1.0  # seconds: a message, after the database was away
WRITTEN_AGAIN = 1.0  # seconds: what was refused, and the count of it


class JobConsumer(Consumer):  # type: ignore[misc]
    """Two things of Celery's consumer are done less often. Flower and `celery events` lose nothing by it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        taken_messages.install()
        received.install()
        super().__init__(*args, **kwargs)

    # --- what cannot be run -----------------------------------------------------------------------
    # Celery logs it and drops it, or ends.

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Any], None]:
        """Celery's, for each message; whatever it stumbles over is refused."""
        handle = super().create_task_handler(*args, **kwargs)

        def on_task_received(message: Any) -> None:
            try:
                handle(message)
            except (OperationalError, InterfaceError) as error:
                logger.error("The database is away (%s); a message is looked at again.", error)
                connection.close()
                self.hub.call_later(LOOKED_AT_AGAIN, on_task_received, message)
            except Exception as error:
                # kombu takes each KeyError for a lost connection; here it is a part that a message lacks.
                if isinstance(error, self.connection_errors) and not isinstance(error, KeyError):
                    raise
                refusals.add(message, error)

        return on_task_received

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Of the task queues, and of the channel of remote control, where nobody waits for an answer."""
        if getattr(message, "taken_from", "") in self.app.amqp.queues:
            refusals.add(message, exc)
        else:
            logger.warning("What a control channel of the broker brought is ignored: %s", exc)
            message.ack_log_error(logger, self.connection_errors)

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:
        refusals.add(message, exc)

    def on_unknown_message(self, body: Any, message: Any) -> None:
        refusals.add(message, CodedError(causes.NAMES_NO_TASK()))

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """One of ours waits for a worker that knows it; a foreign one may wait in vain."""
        if OURS in message.headers:
            super().on_unknown_task(body, message, exc)
            return
        refusals.add(message, NotRegistered(storable_text(str(message.headers.get("task")))[:255]))

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Celery's; where Redis holds something else in the place of a queue, no connection is any better."""
        super().on_connection_error_after_connected(exc)
        if is_wrong_kind(exc):
            clear_the_way(self.app.amqp.queues)

    # --- events leave together --------------------------------------------------------------------
    # Celery publishes each job's events at the next step of its loop, one by one.

    next_flush: Any = None  # the timer's entry; Celery cancels it when the connection is lost

    def on_send_event_buffered(self) -> None:
        if self.hub and (self.next_flush is None or self.next_flush.canceled):
            self.next_flush = self.hub.call_later(EVENTS_WAIT, self._flush_as_planned)

    def _flush_as_planned(self) -> None:
        self.next_flush = None
        self._flush_events()

    # --- timers that were cancelled are forgotten ---------------------------------------------------
    # Celery plans the end of each job's time limit, and cancels that with the job. kombu keeps what is
    # cancelled until its time has come: half a kilobyte a job, for as long as the limit is.

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.call_repeatedly(TIMERS_KEPT, self.drop_cancelled_timers)
        hub.call_repeatedly(WRITTEN_AGAIN, refusals.write)

    def drop_cancelled_timers(self) -> None:
        """In place: the event loop goes through the same list."""
        timers = self.hub.timer._queue
        timers[:] = [one for one in timers if not one.entry.canceled]
        heapq.heapify(timers)
