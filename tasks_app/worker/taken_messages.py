"""What a worker notes of the messages that it has taken: kombu's QoS, with less of it in the broker."""

from __future__ import annotations

import random
from typing import Any

from kombu.transport import redis, virtual

from tasks_app.ledger.message_codec import OURS

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
