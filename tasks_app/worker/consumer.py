"""The worker's main process between the broker and its pool: Celery's, without the round trips to Redis that
say nothing new. In them no job is given out, and they were half of what a busy main process did.
"""

from __future__ import annotations

import heapq
import random
from typing import Any

from celery.worker.consumer import Consumer
from kombu.transport import redis, virtual

from tasks_app.ledger.message_codec import OURS

EVENTS_WAIT = 0.5  # seconds at most; a full buffer (Celery's, two dozen) leaves at once
TIMERS_KEPT = 30.0  # seconds
RHYTHM = (1.0, 2.0)  # seconds that a question to the broker waits for a message, at least and at most


class JobConsumer(Consumer):  # type: ignore[misc]
    """Celery publishes the events of jobs at the next step of its event loop, one by one. Flower and
    `celery events` lose nothing when they come a moment later, many in one message.

    It also plans the end of each job's time limit, and cancels that with the job. kombu keeps what is
    cancelled until its time has come: half a kilobyte a job, for as long as the limit is.
    """

    planned: Any = None  # the timer's entry; Celery cancels it when the connection is lost

    def on_send_event_buffered(self) -> None:
        if self.hub and (self.planned is None or self.planned.canceled):
            self.planned = self.hub.call_later(EVENTS_WAIT, self._flush_as_planned)

    def _flush_as_planned(self) -> None:
        self.planned = None
        self._flush_events()

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.call_repeatedly(TIMERS_KEPT, self.drop_cancelled_timers)

    def drop_cancelled_timers(self) -> None:
        """In place: the event loop goes through the same list."""
        planned = self.hub.timer._queue
        planned[:] = [one for one in planned if not one.entry.canceled]
        heapq.heapify(planned)


class JobQoS(redis.QoS):
    """What this worker has taken. A message of ours is noted here and not in the broker: its row says whether
    it was claimed, and one that was taken and never claimed is published again (missing.py).

    A note in the broker would hide it instead: the message of a worker that died before the claim would
    count as taken until `visibility_timeout`. Messages that have no row yet keep kombu's notes.
    """

    def can_consume(self) -> bool:
        """Asked before each question to the broker, which waits as long for a message as is set here.

        Redis serves who has waited longest. Workers that all ask once a second stay in step: it is always
        the same one, and a job that only another knows is offered to it for ever.
        """
        self.channel.brpop_timeout = random.uniform(*RHYTHM)  # noqa: S311
        return bool(super().can_consume())

    def append(self, message: Any, delivery_tag: str) -> None:
        if _is_ours(message):
            virtual.QoS.append(self, message, delivery_tag)
        else:
            super().append(message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        self._forget(delivery_tag, super().ack)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            super().reject(delivery_tag, requeue=True)
        else:
            self._forget(delivery_tag, super().reject)

    def _forget(self, delivery_tag: str, in_the_broker: Any) -> None:
        if _is_ours(self._delivered.get(delivery_tag)):
            virtual.QoS.ack(self, delivery_tag)
        else:
            in_the_broker(delivery_tag)

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        """Put a message back: from what is noted here, where it is ours."""
        message: Any = self._delivered.get(tag)
        if not _is_ours(message):
            super().restore_by_tag(tag, client, leftmost)
        elif tag not in self._dirty:
            taken_from = message.delivery_info
            with self.channel.conn_or_acquire(client) as connected, connected.pipeline() as pipe:
                self.channel._do_restore_message(
                    message._raw, taken_from["exchange"], taken_from["routing_key"], pipe, leftmost
                )
                pipe.execute()


def _is_ours(message: Any) -> bool:
    return message is not None and OURS in message.headers


# kombu has no setting for it; the channel of Sentinel inherits it.
redis.Channel.QoS = JobQoS
