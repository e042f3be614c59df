"""The worker's main process between the broker and its pool: Celery's, without the round trips to Redis that
say nothing new. In them no job is given out, and they were half of what a busy main process did.
"""

from __future__ import annotations

import heapq
from typing import Any

from celery.worker.consumer import Consumer

from tasks_app.worker import taken_messages

EVENTS_WAIT = 0.5  # seconds at most; a full buffer (Celery's, two dozen) leaves at once
TIMERS_KEPT = 30.0  # seconds


class JobConsumer(Consumer):  # type: ignore[misc]
    """Two things of Celery's consumer are done less often. Flower and `celery events` lose nothing by it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        taken_messages.install()
        super().__init__(*args, **kwargs)

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

    def drop_cancelled_timers(self) -> None:
        """In place: the event loop goes through the same list."""
        timers = self.hub.timer._queue
        timers[:] = [one for one in timers if not one.entry.canceled]
        heapq.heapify(timers)
