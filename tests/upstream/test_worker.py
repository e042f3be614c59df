"""A real worker and its pool call what is ours, and stop by way of their event loop."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import chord, current_app, group
from django.utils import timezone
from kombu.utils.uuid import uuid

from tasks_app.models import Job, Node, State
from tests.engine import jobs
from tests.servers import wait_until
from tests.stack import Stack
from tests.upstream.jobs import refuse, say_how_far
from tests.upstream.leaning import WORKER
from tests.upstream.tables import called_in
from tests.upstream.tap import tapping

pytestmark = [pytest.mark.once, pytest.mark.stack]


def a_message(headers: dict[str, str], body: Any) -> str:
    """As kombu pushes it."""
    place = {"exchange": "", "routing_key": "default"}
    return json.dumps(
        {
            "body": json.dumps(body),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": headers,
            "properties": {"delivery_info": place, "delivery_tag": uuid(), "body_encoding": "utf-8"},
        }
    )


BY_EVENT_LOOP = {f"{name}: tasks_app.worker.shutdown" for name in ("SIGTERM", "SIGQUIT")}


# Nothing of kombu's; no task; a task that nobody knows; a body that is none.
MALFORMED = (
    "garbage",
    a_message({}, {}),
    a_message({"id": "1", "task": "not.here"}, [[], {}, {}]),
    a_message({"id": "2", "task": "projet.celery.debug_task"}, [[], {}]),
)


def ask_for_everything(log: Path, redis: Any) -> None:
    """A job for each way in which a body asks, for each end that Celery tells of, and what is no job."""
    jobs.write.delay(str(log))
    jobs.write.apply_async((str(log),), expires=timezone.now() - timedelta(seconds=1))
    jobs.fail.apply_async(("no paper",), link_error=jobs.spoiling_errback.s())
    jobs.always_fail.delay(str(log))
    jobs.add_later.delay(1, 2)
    for message in MALFORMED:
        redis.lpush("default", message)
    redis.set("low", "no list")  # the worker is told of it as of a connection that is lost
    say_how_far.delay()
    refuse.delay()
    chord(group(jobs.add.si(1, 2), jobs.add.si(3, 4)), jobs.add.s()).delay()


def begun() -> int:
    return Job.objects.filter(runs__gt=0).exclude(state=State.RUNNING).count()


def test_a_worker_calls_each_override_of_ours(processes: Stack, tmp_path: Path) -> None:
    seen = tapping(processes, tmp_path)
    worker = processes.start_worker()
    ask_for_everything(tmp_path / "log", processes.redis.client)
    wait_until(lambda: begun() >= 9, what="all but the expired one to have begun")
    sitting = jobs.sit.delay(str(tmp_path / "sitting"), str(tmp_path / "never"))
    wait_until(lambda: Job.objects.get(id=sitting.id).state == State.RUNNING, what="the last job to run")
    inspect = current_app.control.inspect(timeout=5, limit=1)
    wait_until(inspect.active, what="the worker to answer")
    # `worker_ready` tells of queues and pool too.
    node = wait_until(Node.objects.filter(kind=Node.Kind.WORKER).first, what="the worker's heartbeat")
    worker.stop()

    missing = called_in(WORKER) - seen()
    assert not missing, f"No library called what is ours of {sorted(missing)}.\n{worker.tail()}"
    assert Job.objects.get(id=sitting.id).state == State.WAITING, "a worker that stops lets go of its jobs"
    assert seen() >= BY_EVENT_LOOP, "`worker_ready` tells who has the loop, once Celery's handlers are there"
    assert "it begins after the step that the event loop is at" in worker.log.read_text()
    assert (node.details["queues"], node.details["concurrency"]) == (["default", "high", "low"], 2)
