"""Whether the broker answers, and how it is set up; asked in a moment, however silent it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, cast

from celery import current_app
from django.core.cache import cache
from kombu.exceptions import KombuError
from redis.exceptions import RedisError, ResponseError

# Seconds that a page gives the broker to answer.
PATIENCE = 0.8
NO_LIST = "backoffice-takes-messages"  # nobody makes it


@dataclass(frozen=True)
class Broker:
    address: str  # without its password
    answered_in: timedelta | None  # None: it did not
    problem: str = ""
    info: dict[str, Any] = field(default_factory=dict)  # Redis' INFO
    refuses: str = ""  # it answers and takes no messages: its own words why

    @property
    def takes_messages(self) -> bool:
        return self.answered_in is not None and not self.refuses


# One page or probe in so many seconds asks the broker, the others of this process read its answer.
KEPT_SECONDS = 10


def recent_answer() -> Broker:
    """As `ask_broker`, or what it heard in the last seconds."""
    return cast(Broker, cache.get_or_set("broker-answer", ask_broker, KEPT_SECONDS))


_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="broker-check")


def ask_broker(patience: float | None = None) -> Broker:
    """Whether the broker answers within so many seconds; never waits longer, whatever the network does."""
    patience = PATIENCE if patience is None else patience
    problems: tuple[type[Exception], ...] = (OSError, RedisError, KombuError, *_connection_errors())
    began = monotonic()
    address = _address()
    try:
        info, refuses = _threads.submit(_ask, patience / 2).result(timeout=patience)
    except TooSlow:
        return Broker(address, None, f"no answer within {patience:g} s")
    except problems as error:
        return Broker(address, None, str(error))
    return Broker(address, timedelta(seconds=monotonic() - began), info=info, refuses=refuses)


def _address() -> str:
    """Where the broker is, without who we are to it."""
    connection = current_app.connection_for_write()
    return f"{connection.transport_cls}://{connection.hostname}:{connection.port}/{connection.virtual_host}"


def _ask(timeout: float) -> tuple[dict[str, Any], str]:
    """Its INFO, and why it takes no messages."""
    options: dict[str, Any] = dict(current_app.conf.broker_transport_options)
    options |= {"socket_timeout": timeout, "socket_connect_timeout": timeout, "max_retries": 0}
    with current_app.connection_for_write(transport_options=options) as connection:
        # No connect() before it, which heeds no max_retries and tries a second time after two seconds.
        client = connection.default_channel.client
        return client.info(), _refusal(client)


def _refusal(client: Any) -> str:
    """What it says to a write that changes nothing; "" where it would take a message.

    LPUSHX to a list that does not exist is refused where LPUSH, by which messages are published, is: by a
    replica, a full memory, a disk that takes nothing, too few replicas, a user without the right.
    """
    try:
        client.lpushx(NO_LIST, "")
    except ResponseError as error:
        return str(error)
    return ""


def _connection_errors() -> tuple[type[Exception], ...]:
    return tuple(current_app.connection_for_write().connection_errors)
