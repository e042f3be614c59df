"""Traces: one id for all that followed from one click or call, as W3C Trace Context has it.

`traceparent` is a header of HTTP requests and of Celery's messages: version, trace, span, flags. What is none
is left out, as the standard asks (https://www.w3.org/TR/trace-context/#traceparent-header).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "traceparent"
# Version 00 ends with its flags; later ones may go on, and are read as far as this.
_TRACEPARENT = re.compile(
    r"((?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(?:-.*)?"
)
_of_request: ContextVar[str] = ContextVar("trace", default="")


def traceparent(given: object) -> str:
    """As it was given, or "" for what is none."""
    found = _TRACEPARENT.fullmatch(given[:256]) if isinstance(given, str) else None
    if found is None or (given != found[1] and found[1].startswith("00")):
        return ""
    return found[1]


def trace_id(given: object) -> str:
    """The 32 digits that all of one trace share; "" where there is none."""
    return traceparent(given)[3:35]


# What makes one where there is none: tracing, where it is on.
_beginning: list[Callable[[], str]] = []


def begin_by(make: Callable[[], str]) -> None:
    """From now on a job that no trace led to begins one of its own."""
    _beginning[:] = [make]


def begun() -> str:
    return _beginning[0]() if _beginning else ""


def of_request() -> str:
    """The traceparent of the web request that this thread answers."""
    return _of_request.get()


@contextmanager
def carried_by(given: object) -> Iterator[None]:
    """Jobs that are launched within belong to that trace."""
    token = _of_request.set(traceparent(given))
    try:
        yield
    finally:
        _of_request.reset(token)
