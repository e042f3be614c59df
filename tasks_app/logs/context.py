"""Which job a log line is about, where the line itself says no more than its id, or nothing.

A worker's main process tells of many jobs: that they were received, ran out of time, lost their process.
Log lines ask here before Django or Celery is loaded: this file imports neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary

from tasks_app.logs import traces

_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))
# The deliveries that this process holds, by the id of their job; each leaves with its last user.
_held: WeakValueDictionary[str, Any] = WeakValueDictionary()


def facts(name: str, request: Any) -> dict[str, Any]:
    """What each line of a job carries, of Celery's request. `attempt` counts tries after errors."""
    place = request.delivery_info or {}
    trace = traces.trace_id(getattr(request, traces.HEADER, None))
    return {
        "job": request.id,
        "kind": name,
        "attempt": (request.retries or 0) + 1,
        "queue": place.get("routing_key") or "",
    } | ({"trace_id": trace} if trace else {})


def hold(delivery: Any) -> None:
    """From now on a line that names its id is a line of its job; `delivery.facts` are read then."""
    _held[delivery.id] = delivery


def facts_of(job_id: object) -> Mapping[str, Any]:
    """Of a delivery that this process holds; {} for any other text or object."""
    held = _held.get(job_id) if isinstance(job_id, str) else None
    return {} if held is None else held.facts


@contextmanager
def lines_about(about: Mapping[str, Any]) -> Iterator[None]:
    """Lines of this thread belong to that job, whatever they say."""
    token = _about.set(about)
    try:
        yield
    finally:
        _about.reset(token)


def about_here() -> Mapping[str, Any]:
    return _about.get()
