"""The layout of queues in Redis, which is kombu's."""

from __future__ import annotations

from typing import Any


def lists_of(channel: Any, queue: str) -> list[str]:
    """The Redis lists of a queue: one for each priority."""
    return [channel._q_for_pri(queue, priority) for priority in channel.priority_steps]
