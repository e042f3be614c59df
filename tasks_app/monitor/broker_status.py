"""What the broker says of itself, asked over the publishing connection: with its TLS, its Sentinel and its
timeouts. Nobody else opens a connection of their own."""

from __future__ import annotations

from collections.abc import Iterable

from tasks_app.broker.publishing import BROKER_ERRORS, broker_channel
from tasks_app.broker.queues import lists_of

__all__ = ["BROKER_ERRORS", "depths", "product"]


def depths(queues: Iterable[str]) -> dict[str, int]:
    """How many messages lie in each queue; raises BROKER_ERRORS."""
    with broker_channel() as channel:
        return {
            queue: sum(int(channel.client.llen(key)) for key in lists_of(channel, queue)) for queue in queues
        }


def product() -> str:
    """ "Redis 7.0.15", "Valkey 8.1.1"; raises BROKER_ERRORS."""
    with broker_channel() as channel:
        told = channel.client.info("server")
    # Valkey tells the version of Redis that it stands in for as well.
    if "valkey_version" in told:
        return f"Valkey {told['valkey_version']}"
    return f"Redis {told['redis_version']}"
