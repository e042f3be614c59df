"""What can be read of a message that is refused, in whatever shape it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celery import current_app

from tasks_app.db.text import is_storable
from tasks_app.ledger.json_values import Unstorable
from tasks_app.ledger.message_checks import wrong_part
from tasks_app.ledger.message_codec import OURS, arguments_as_json
from tasks_app.ledger.refused_message import LARGEST_KEPT, Received
from tasks_app.worker.claiming import queue_of

# Headers and properties that Celery or kombu add to what was sent.
_ADDED = frozenset({"delivery_tag", "delivery_info"})
# What is shown of a request, beside its arguments.
_SHOWN = ("task", "id", "root_id", "parent_id", "retries", "eta", "expires", "timelimit", "origin", "lang")


def received_of(message: Any, *, whole: bool = False) -> Received:
    """Of a message in whatever shape; `whole` where all that is wrong is that nobody knows its task."""
    headers = message.headers if isinstance(message.headers, Mapping) else {}
    payload = payload_of(message)
    body = payload if isinstance(payload, Mapping) else {}  # protocol 1 has all in its body
    name, job_id = headers.get("task", body.get("task")), headers.get("id", body.get("id"))
    args, kwargs = body.get("args"), body.get("kwargs")
    if isinstance(payload, list) and len(payload) == 3:
        args, kwargs, _embed = payload
    return Received(
        queue=_queue_of(message),
        name=name if isinstance(name, str) else "",
        job_id=job_id if isinstance(job_id, str) else "",
        ours=OURS in headers and is_storable(job_id) and bool(job_id),
        parts=_parts_of(message),
        args=args,
        kwargs=kwargs,
        whole=whole and not wrong_part(headers, payload) and _is_kept(name, args, kwargs),
    )


def _is_kept(name: str, args: Any, kwargs: Any) -> bool:
    """Whether a row takes its arguments."""
    try:
        arguments_as_json(name, args, kwargs)
    except Unstorable:
        return False
    return True


def received_of_request(request: Any) -> Received:
    """Of Celery's request, where a pool process was handed it."""
    headers = {name: value for name, value in vars(request).items() if name in _SHOWN and value is not None}
    return Received(
        queue=queue_of(request),
        name=str(request.task),
        job_id=str(request.id),
        parts={"headers": headers, "body": [request.args, request.kwargs]},
        args=request.args,
        kwargs=request.kwargs,
    )


def _queue_of(message: Any) -> str:
    place = message.delivery_info if isinstance(message.delivery_info, Mapping) else {}
    return str(
        getattr(message, "taken_from", "") or place.get("routing_key") or current_app.conf.task_default_queue
    )


def payload_of(message: Any) -> Any:
    """Its body, decoded; None where it cannot be."""
    if message.errors:
        return None
    try:
        return message.payload
    except Exception:  # of a kind we do not read, or damaged
        return None


def _parts_of(message: Any) -> dict[str, Any]:
    if getattr(message, "malformed", False):
        return {"size": len(message.text), "text": beginning(message.text)}
    properties = message.properties if isinstance(message.properties, Mapping) else {}
    return {
        "content-type": message.content_type,
        "content-encoding": message.content_encoding,
        "headers": message.headers,
        "properties": {name: value for name, value in properties.items() if name not in _ADDED},
        "size": len(message.body or ""),
        "body": beginning(message.body),
    }


def beginning(text: Any) -> str:
    """No more than is kept, and a little to show that it was more."""
    start = (text or "")[: LARGEST_KEPT + 1]
    return start.decode("utf-8", "replace") if isinstance(start, bytes) else str(start)
