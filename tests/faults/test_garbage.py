"""Whoever reaches the broker can push anything: no worker ends by it, nothing returns for ever."""

from __future__ import annotations

import base64
import json

import pytest
from celery import current_app
from kombu.utils.uuid import uuid

from tasks_app.ledger.refused_message import MOST_A_MINUTE
from tasks_app.models import Job, MessageTally, State
from tests.faults.house import House
from tests.servers import wait_until


def message(body: str, **headers: object) -> str:
    """As kombu pushes it."""
    place = {"exchange": "", "routing_key": "default"}
    return json.dumps(
        {
            "body": base64.b64encode(body.encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"id": uuid(), "task": "tests.faults.jobs.run"} | headers,
            "properties": {"delivery_info": place, "delivery_tag": uuid(), "body_encoding": "base64"},
        }
    )


GARBAGE = [
    "a bare word",
    "42",
    "null",
    '["a", "list"]',
    "[" * 100_000,
    json.dumps({"body": "", "headers": {}}),
    json.dumps(json.loads(message("[[], {}, {}]")) | {"body": "no base64"}),
    message("[[], {}"),
    message("7"),
    message("[[NaN], {}, {}]"),
    message('[["\\u0000"], {}, {}]'),
    message("[[], {}, {}]", timelimit=["soon", None]),
    message("[[], {}, {}]", task="not.here"),
    message("[[], {}, {}]", task=["tests.faults.jobs.run"]),
]
# What remote control and the events of other workers come by.
CHANNELS = ("celery.pidbox", "celeryev/worker.heartbeat", "celeryev/worker.elect")


@pytest.mark.scenario(25)
def test_a_malformed_body_ends_no_worker_and_leaves_a_row(house: House) -> None:
    """Held by `received.install` and `JobConsumer.create_task_handler`: without the first the worker's main
    process ends at the 42 ('int' object is not subscriptable, in kombu), without the second at the body that
    is 7 (argument of type 'int' is not iterable, in Celery). Without `claiming.adopt`'s refusal NaN and NUL
    leave no row."""
    house.start_all(workers=1)
    worker = house.process("worker1")
    assert worker.popen is not None
    pid, redis = worker.popen.pid, house.redis.client
    house.fault()
    for text in GARBAGE:
        redis.lpush("default", text)
    number = house.redis.url.rpartition("/")[2]
    for channel in CHANNELS:
        for text in ("garbage", "5", "[]", "{}", message("5"), message("{}")):
            redis.publish(f"/{number}.{channel}", text)
    redis.hset("unacked", "theirs", "garbage")
    redis.zadd("unacked_index", {"theirs": 1})
    house.launch_runs(20)
    house.until(lambda: Job.objects.filter(origin="adopted").count() >= len(GARBAGE))
    for job in Job.objects.filter(origin="adopted"):
        house.record(job.pk, State.FAILED, runs=0)
    house.account()
    assert len(house.expected.states) == len(GARBAGE) + 20
    assert (worker.running, worker.popen.pid) == (True, pid)
    wait_until(lambda: current_app.control.inspect(timeout=2).ping(), what="remote control to answer")


@pytest.mark.scenario(25)
def test_a_flood_of_garbage_is_counted_and_holds_up_no_job(house: House) -> None:
    """Held by `Allowance`: without it two thousand rows are written."""
    flood = 2_000
    house.start_all(workers=1)
    house.fault()
    with house.redis.client.pipeline() as pipe:
        for number in range(flood):
            pipe.lpush("default", f"garbage {number}")
        pipe.execute()
    house.launch_runs(20)

    def counted() -> int:
        tally = MessageTally.objects.first()
        return (tally.count if tally else 0) + Job.objects.filter(origin="adopted").count()

    house.until(lambda: counted() == flood)
    kept = Job.objects.filter(origin="adopted")
    assert MOST_A_MINUTE <= kept.count() <= 3 * MOST_A_MINUTE  # a busy machine takes more than a minute
    for job in kept:
        house.record(job.pk, State.FAILED, runs=0)
    house.account()


@pytest.mark.scenario(25)
def test_something_else_in_the_place_of_a_queue_is_put_aside(house: House) -> None:
    """Held by `queues.set_aside`: without it the worker cannot ask for the next message, nothing can be
    published, and the clock cannot look for what was lost, until somebody removes the key by hand."""
    house.start_all(workers=1)
    redis = house.redis.client
    redis.set("high", "somebody's")
    redis.set("unacked", "somebody's")
    house.fault()
    house.launch_runs(20)
    house.launch_email()
    house.account()
    assert redis.type("high") in (b"none", b"list")
    assert [redis.get(key) for key in redis.keys("high:not-a-list:*")] == [b"somebody's"]
