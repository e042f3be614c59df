"""A worker's main process without its pool, and messages as others push them."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest
from kombu.transport import redis
from kombu.utils.uuid import uuid

from projet.celery import app
from tasks_app.worker.consumer import JobConsumer

QUEUE = "default"
# Of kombu: what a worker replaces, and a test puts back.
PATCHED: list[tuple[Any, str]] = [
    (redis, "loads"),
    (redis.Channel, "Message"),
    (redis.Channel, "_receive_one"),
    (redis.Transport, "_deliver"),
]


def a_consumer(ran: list[Any]) -> JobConsumer:
    """Ours, with what a strategy asks of it and nothing that runs."""
    consumer = JobConsumer.__new__(JobConsumer)
    consumer.app, consumer.hostname, consumer.hub = app, "worker1@here", None
    consumer.event_dispatcher = None
    consumer.timer = SimpleNamespace(
        call_at=lambda *args, **kwargs: pytest.fail("no message waits in a worker")
    )
    consumer.pool = SimpleNamespace(apply_async=None)
    consumer.disable_rate_limits = True
    consumer.task_buckets = {}
    consumer.controller = SimpleNamespace(state=SimpleNamespace(revoked=set()))
    consumer.connection_errors = ()
    consumer.on_task_request = ran.append
    consumer.on_task_message = ()
    consumer.restart_count, consumer._maximum_prefetch_restored = 0, True
    consumer.strategies = {
        name: task.start_strategy(app, consumer) for name, task in app.tasks.items() if "." in name
    }
    return consumer


def envelope(
    body: Any = None, headers: Any = None, properties: Any = None, *, raw: str | None = None, **more: Any
) -> dict[str, Any]:
    """A message as kombu pushes it; `raw` is the body as it is written, before base64."""
    text = raw if raw is not None else json.dumps([[], {}, {}] if body is None else body)
    return {
        "body": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"id": uuid(), "task": "projet.celery.debug_task", "lang": "py"}
        if headers is None
        else headers,
        "properties": {
            "delivery_info": {"exchange": "", "routing_key": QUEUE},
            "delivery_tag": uuid(),
            "body_encoding": "base64",
        }
        if properties is None
        else properties,
    } | more


def task(**headers: Any) -> dict[str, Any]:
    return {"id": uuid(), "task": "projet.celery.debug_task", "lang": "py"} | headers


def push(line: Any, message: Any) -> None:
    line.redis.lpush(QUEUE, message if isinstance(message, str | bytes) else json.dumps(message))
