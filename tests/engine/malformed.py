"""What anybody may push into a queue: texts, bodies and headers that no worker can make a job of."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from kombu.utils.uuid import uuid

from tests.engine.worker_line import QUEUE, envelope, task


def compressed(data: bytes) -> dict[str, Any]:
    message = envelope(headers=task(compression="application/x-gzip"))
    return message | {"body": base64.b64encode(data).decode()}


BOMB = zlib.compress(b"[" + b" " * 30_000_000 + b"]")  # of 29 kB

MALFORMED: dict[str, Any] = {
    "a bare word": "garbage",
    "nothing": "",
    "a number": "42",
    "a text": '"hello"',
    "a list": "[1, 2]",
    "null": "null",
    "half of it": json.dumps(envelope())[:100],
    "no text": b"\xff\xfe\x00\x80",
    "nested without end": "[" * 200_000,
    "a date that is none": '{"__type__": "datetime", "__value__": "soon"}',
    "no properties": json.dumps({"body": "", "headers": {}}),
    "properties that are a list": json.dumps(envelope(properties=[])),
    "no place": json.dumps(envelope(properties={"delivery_tag": "a", "body_encoding": "base64"})),
    "headers that are a list": json.dumps(envelope(headers=["task"])),
    "a body that is no base64": json.dumps(envelope() | {"body": "a"}),
    "a body that is an object": json.dumps(envelope() | {"body": {"a": 1}}),
    "an encoding that nobody knows": json.dumps(
        envelope(properties=envelope()["properties"] | {"body_encoding": "rot13"})
    ),
}
BODIES: dict[str, Any] = {
    "no JSON": envelope(raw="{"),
    "a scalar": envelope(5),
    "null": envelope(raw="null"),
    "an empty list": envelope(raw="[]"),
    "two parts": envelope([[], {}]),
    "arguments that are a text": envelope(["ab", {}, {}]),
    "names that are a list": envelope([[], [1], {}]),
    "options that are a number": envelope([[], {}, 7]),
    "callbacks that are a text": envelope([[], {}, {"callbacks": "x"}]),
    "errbacks that are numbers": envelope([[], {}, {"errbacks": [5]}]),
    "a chain of texts": envelope([[], {}, {"chain": ["x"]}]),
    "a chord that is a list": envelope([[], {}, {"chord": []}]),
    "nested without end": envelope(raw="[[" + "[" * 100_000),
    "a tag that is none": envelope(raw='[[{"__type__": "uuid", "__value__": 5}], {}, {}]'),
    "pickle": envelope() | {"content-type": "application/x-python-serialize", "content-encoding": "binary"},
    "yaml": envelope() | {"content-type": "application/x-yaml"},
    "a kind that is a list": envelope() | {"content-type": ["json"]},
    "an encoding that nobody knows": envelope()
    | {"content-type": "text/plain", "content-encoding": "klingon"},
    "an encoding that is a number": envelope() | {"content-encoding": 8},
    "a bomb": compressed(BOMB),
    "a bomb cut short": compressed(BOMB[:50]),
    "no compressed body": compressed(b"hello"),
    "a compression that nobody knows": envelope(headers=task(compression="application/x-snow")),
}
HEADERS: dict[str, Any] = {
    "no id": {"task": "projet.celery.debug_task"},
    "an id that is a number": task(id=7),
    "an id that is a list": task(id=["x"]),
    "an empty id": task(id=""),
    "an id of 256 characters": task(id="x" * 256),
    "an id with NUL": task(id="a\x00b"),
    "an id with half a character": task(id="a\ud83d"),
    "a task that nobody knows": task(task="not.here"),
    "a task that is a list": task(task=["projet.celery.debug_task"]),
    "a task that is a number": task(task=1),
    "no task": {"id": uuid()},
    "retries in words": task(retries="x"),
    "retries below zero": task(retries=-1),
    "retries beyond a column": task(retries=2**31),
    "a limit in words": task(timelimit=["x", None]),
    "three limits": task(timelimit=[1, 2, 3]),
    "a limit that is a number": task(timelimit=60),
    "an eta that is none": task(eta="soon"),
    "an eta that is a number": task(eta=5),
    "an expiry that is none": task(expires="soon"),
    "an expiry that is a list": task(expires=[1]),
    "a root that is a number": task(root_id=5),
    "stamps that are a text": task(stamps="x", stamped_headers="y"),
    "eager, which no sender is": task(is_eager=True),
    "a name of Celery's own": task(_children=["x"]),
    "meta that is a text": task(meta="x"),
    "a schedule's name without end": task(periodic_task_name="x" * 256),
    "errbacks beside the body": task(errbacks=[5]),
    "a language that is none": task(job_language=["fr"]),
    "ours, of a job that waits for something else": task(job=1, id=7),
}
NOTES: dict[str, Any] = {
    "no JSON": "garbage",
    "a number": "5",
    "two parts": '["a", "b"]',
    "a message that is a text": '["a", "", "default"]',
    "no place": json.dumps([{"headers": {}, "properties": {}}, "", QUEUE]),
    "a place that is a number": json.dumps([envelope(), 1, 2]),
}
SENDERS: dict[str, tuple[Any, Any]] = {
    "NaN": ([float("nan")], {}),
    "Infinity": ([], {"x": float("inf")}),
    "NUL": (["a\x00b"], {}),
    "NUL in a key": ([], {"x": {"a\x00": 1}}),
    "half a character": ([], {"x": "a\ud83d"}),
    "half a character in a key": ([], {"x": {"\udc00": 1}}),
    "too much": (["x" * 1_100_000], {}),
    "too deep": ([json.loads("[" * 300 + "]" * 300)], {}),
}
