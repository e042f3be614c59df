"""The layout of queues in Redis, which is kombu's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from kombu.utils.uuid import uuid
from redis.exceptions import ResponseError

logger = logging.getLogger(__name__)

# Kombu's notes of what was taken, by the attribute of a channel that names them.
NOTES = {"unacked_key": "hash", "unacked_index_key": "zset"}


def lists_of(channel: Any, queue: str) -> list[str]:
    """The Redis lists of a queue: one for each priority."""
    return [channel._q_for_pri(queue, priority) for priority in channel.priority_steps]


def kinds_of_keys(channel: Any, queues: Any) -> dict[str, str]:
    """What Redis should hold under each name that kombu reads or writes for these queues."""
    lists = {key: "list" for queue in queues for key in lists_of(channel, queue)}
    return lists | {getattr(channel, name): kind for name, kind in NOTES.items()}


def is_wrong_kind(error: BaseException | None) -> bool:
    """Whether Redis refused a command because something else lies under the name."""
    while error is not None:
        if isinstance(error, ResponseError) and "WRONGTYPE" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def set_aside(client: Any, kinds: Mapping[str, str]) -> list[str]:
    """Whatever lies under a name and is not of its kind gets another name: with it there nothing goes on.

    Redis refuses each command to such a key, so whoever put it there keeps it, and queues are queues again.
    """
    moved = []
    for key, right in kinds.items():
        found = client.type(key)
        kind = found.decode() if isinstance(found, bytes) else str(found)
        if kind not in ("none", right):
            aside = f"{key}:not-a-{right}:{uuid()}"
            client.rename(key, aside)
            logger.error("The broker's key %s held a %s and no %s: it is %s now.", key, kind, right, aside)
            moved.append(aside)
    return moved
