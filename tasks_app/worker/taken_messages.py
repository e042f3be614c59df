"""What a worker notes of the messages that it has taken: kombu's QoS, with less of it in the broker."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from kombu.transport import redis, virtual
from kombu.utils import json as kombu_json
from redis.exceptions import ResponseError

from tasks_app.broker.queues import is_wrong_kind, kinds_of_keys, set_aside
from tasks_app.ledger.message_codec import OURS
from tasks_app.worker.refusals import refuse_note

ASK_FOR = (1.0, 2.0)  # seconds that a question to the broker waits for a message, at least and at most


def install() -> None:
    """For all channels of this process; Sentinel's inherit it. kombu has no setting for it."""
    redis.Channel.QoS = JobQoS


class JobQoS(redis.QoS):
    """What this worker has taken. A message of ours is noted here and not in the broker: its row says whether
    it was claimed, and one that was taken and never claimed is published again (broker/lost_messages.py).

    A note in the broker would hide it instead: the message of a worker that died before the claim would
    count as taken until `visibility_timeout`. Messages that have no row yet keep kombu's notes.
    """

    def can_consume(self) -> bool:
        """Asked before each question to the broker, which waits as long for a message as is set here.

        Redis serves who has waited longest. Workers that all ask once a second stay in step: it is always
        the same one, and a job that only another knows is offered to it for ever.
        """
        self.channel.brpop_timeout = random.uniform(*ASK_FOR)  # noqa: S311
        return bool(super().can_consume())

    def append(self, message: Any, delivery_tag: str) -> None:
        if _is_noted_here_alone(message):
            virtual.QoS.append(self, message, delivery_tag)
        else:
            self._with_notes(lambda: super(JobQoS, self).append(message, delivery_tag))

    def ack(self, delivery_tag: str) -> None:
        self._forget(delivery_tag, super().ack)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            super().reject(delivery_tag, requeue=True)
        else:
            self._forget(delivery_tag, super().reject)

    def _forget(self, delivery_tag: str, in_the_broker: Callable[[str], None]) -> None:
        if _is_noted_here_alone(self._delivered.get(delivery_tag)):
            virtual.QoS.ack(self, delivery_tag)
        else:
            self._with_notes(lambda: in_the_broker(delivery_tag))

    def _with_notes(self, write: Callable[[], None]) -> None:
        """A second time, where something else lay under the names of kombu's notes."""
        try:
            write()
        except ResponseError as error:
            if not is_wrong_kind(error):
                raise
            with self.channel.conn_or_acquire() as client:
                set_aside(client, kinds_of_keys(self.channel, []))
            write()

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        """Put a message back: from what is noted here, where it is ours or nobody could read it."""
        message: Any = self._delivered.get(tag)
        if not _is_noted_here_alone(message):
            self._restore_from_notes(tag, client, leftmost)
        elif tag not in self._dirty:
            with self.channel.conn_or_acquire(client) as connected, connected.pipeline() as pipe:
                self._put_back(message, pipe, leftmost)
                pipe.execute()

    def _put_back(self, message: Any, pipe: Any, leftmost: bool) -> None:
        if getattr(message, "malformed", False):
            (pipe.lpush if leftmost else pipe.rpush)(message.taken_from, message.text)
            return
        taken_from = message.delivery_info
        self.channel._do_restore_message(
            message._raw, taken_from["exchange"], taken_from["routing_key"], pipe, leftmost
        )

    def _restore_from_notes(self, tag: str, client: Any, leftmost: bool) -> None:
        """kombu's own; but what somebody else wrote among its notes would stop it at each look, or vanish."""
        with self.channel.conn_or_acquire(client) as connected:
            note = connected.hget(self.unacked_key, tag)
            if note is not None and not _is_note(note):
                refuse_note(note)
                self._remove_from_indices(tag).execute()
                return
        super().restore_by_tag(tag, client, leftmost)


def _is_noted_here_alone(message: Any) -> bool:
    return message is not None and (getattr(message, "malformed", False) or OURS in message.headers)


def _is_note(note: bytes) -> bool:
    """Whether it is what kombu notes of a message: itself, and where it came from."""
    try:
        message, exchange, routing_key = kombu_json.loads(note)
        parts = (message["headers"], message["properties"], message["properties"]["delivery_info"])
    except Exception:  # whatever is missing, or is another
        return False
    return (
        all(isinstance(part, dict) for part in parts)
        and isinstance(exchange, str)
        and isinstance(routing_key, str)
    )
