"""What others put into the broker stops neither the clock's look for lost messages nor a publish."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tasks_app.broker.lost_messages import LOOKED, MARKER, find_what_the_broker_lost, missing_now
from tasks_app.broker.publishing import publish
from tasks_app.clock.recovery import recover
from tasks_app.models import Job
from tests.engine import jobs
from tests.servers import RedisServer

QUEUE = "default"


def of_an_id(job_id: Any) -> str:
    return json.dumps({"headers": {"id": job_id}, "properties": {}, "body": ""})


MESSAGES: dict[str, str | bytes] = {
    "a word": "garbage",
    "no text": b"\xff\x00\xfe",
    "a number without end": "9" * 10_000,
    "nested without end": "[" * 200_000,
    "an empty list": "[]",
    "null": "null",
    "headers that are a list": '{"headers": []}',
    "an id with NUL": of_an_id("a\x00b"),
    "an id with half a character": of_an_id("\ud83d"),
    "an id that is a list": of_an_id([1]),
    "an id without end": of_an_id("x" * 100_000),
}
MARKERS: dict[str, Callable[[Any], object]] = {
    "a word": lambda redis: redis.set(MARKER, "soon"),
    "no text": lambda redis: redis.set(MARKER, b"\xff"),
    "no number": lambda redis: redis.set(MARKER, "nan"),
    "a number without end": lambda redis: redis.set(MARKER, "inf"),
    "a list": lambda redis: redis.lpush(MARKER, "1"),
}


def lost_long_ago() -> Job:
    """Published, and in the broker no more."""
    sent = jobs.add.delay(1)
    Job.objects.update(published_at=timezone.now() - timedelta(minutes=5))
    return Job.objects.get(id=sent.id)


@pytest.mark.parametrize("message", [pytest.param(one, id=name) for name, one in MESSAGES.items()])
def test_a_lost_job_is_found_behind_what_is_no_message(
    broker: RedisServer, transactional_db: None, message: str | bytes
) -> None:
    lost = lost_long_ago()
    broker.client.flushall()
    broker.client.set(MARKER, LOOKED)
    broker.client.rpush(QUEUE, message)  # next in the queue
    broker.client.hset("unacked", "theirs", message)
    assert missing_now(timezone.now(), 10) == [lost.id]
    assert find_what_the_broker_lost(timezone.now()) == 1
    recover(timezone.now() + timedelta(seconds=2))
    assert broker.client.llen(QUEUE) == 2


@pytest.mark.parametrize("spoil", [pytest.param(one, id=name) for name, one in MARKERS.items()])
def test_a_marker_of_somebody_elses_is_taken_for_none(
    broker: RedisServer, transactional_db: None, spoil: Callable[[Any], object]
) -> None:
    lost_long_ago()
    broker.client.flushall()
    spoil(broker.client)
    assert find_what_the_broker_lost(timezone.now()) == 1
    assert float(broker.client.get(MARKER) or 0) > timezone.now().timestamp()


@pytest.mark.parametrize("key", [QUEUE, "unacked"])
def test_a_look_for_lost_messages_puts_aside_what_is_in_its_way(
    broker: RedisServer, transactional_db: None, key: str
) -> None:
    lost_long_ago()
    broker.client.flushall()
    broker.client.set(key, "somebody's")
    find_what_the_broker_lost(timezone.now())
    assert find_what_the_broker_lost(timezone.now()) == 1
    assert [broker.client.get(name) for name in broker.client.keys(f"{key}:not-a-*")] == [b"somebody's"]


@pytest.mark.parametrize("kind", ["text", "set", "hash", "sorted set", "stream"])
def test_a_publish_puts_aside_what_is_in_the_place_of_its_queue(
    broker: RedisServer, transactional_db: None, kind: str
) -> None:
    redis = broker.client
    {
        "text": lambda: redis.set(QUEUE, "x"),
        "set": lambda: redis.sadd(QUEUE, "x"),
        "hash": lambda: redis.hset(QUEUE, "a", "x"),
        "sorted set": lambda: redis.zadd(QUEUE, {"x": 1}),
        "stream": lambda: redis.xadd(QUEUE, {"a": "x"}),
    }[kind]()
    sent = jobs.add.delay(1)
    assert Job.objects.get(id=sent.id).published_at is None
    assert publish(Job.objects.all(), patient=True) == 1
    assert redis.llen(QUEUE) == 1
    assert len(redis.keys(f"{QUEUE}:not-a-list:*")) == 1
