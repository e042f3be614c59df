"""Whatever arrives from the broker leaves a row: its job, or a failed one that shows what it was."""

from __future__ import annotations

import base64
import json
import logging
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_celery_results.models import TaskResult
from kombu import Queue
from kombu.transport import redis
from kombu.utils.uuid import uuid

from projet.celery import app
from tasks_app.ledger import refused_message
from tasks_app.ledger.message_codec import OURS
from tasks_app.ledger.refused_message import MOST_A_MINUTE, Allowance, was_unreadable, what_arrived
from tasks_app.models import Job, JobAttempt, MessageTally, State
from tasks_app.worker import received, refusals, taken_messages
from tasks_app.worker.consumer import JobConsumer
from tests.engine import jobs
from tests.servers import RedisServer

QUEUE = "default"


@pytest.fixture(autouse=True)
def _no_log_lines() -> Iterator[None]:
    """They quote what a test gives, which pytest-xdist cannot hand on."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


PATCHED: list[tuple[Any, str]] = [
    (redis, "loads"),
    (redis.Channel, "Message"),
    (redis.Channel, "_receive_one"),
    (redis.Transport, "_deliver"),
]


@pytest.fixture
def line(broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A worker's main process without its pool: `.take()` hands it the next message, `.ran` has the requests
    that it would have given to a pool process."""
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name))  # as it was, after the test
    taken_messages.install()
    received.install()
    monkeypatch.setattr(refusals, "allowance", Allowance())
    monkeypatch.setattr(refusals.refusals, "waiting", type(refusals.refusals.waiting)())
    monkeypatch.setattr(refusals.refusals, "uncounted", 0)
    ran: list[Any] = []
    consumer = a_consumer(ran)
    with app.connection_for_read() as connection:
        consumer.connection_errors = connection.connection_errors
        queue = Queue(QUEUE, routing_key=QUEUE)
        tasks = app.amqp.TaskConsumer(connection, queues=[queue], on_decode_error=consumer.on_decode_error)
        tasks.on_message = consumer.create_task_handler()
        with tasks:

            def take() -> None:
                connection.drain_events(timeout=5)

            yield SimpleNamespace(take=take, ran=ran, redis=broker.client, connection=connection)


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


def push(line: Any, message: Any) -> None:
    line.redis.lpush(QUEUE, message if isinstance(message, str | bytes) else json.dumps(message))


def assert_refused(line: Any, message: Any) -> Job:
    """It leaves one failed job, nothing in the broker, and the next message is run."""
    push(line, message)
    line.take()
    job = Job.objects.get()
    assert (job.state, job.origin, job.queue) == (State.FAILED, "adopted", QUEUE)
    assert JobAttempt.objects.get().job == job
    assert "could not become a job" in job.error
    assert what_arrived(job) or not message
    assert (line.ran, line.redis.llen(QUEUE), line.redis.hlen("unacked")) == ([], 0, 0)
    push(line, envelope())
    line.take()
    assert len(line.ran) == 1
    return job


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in MALFORMED.items()])
def test_what_is_no_message_is_written_down_and_the_worker_goes_on(line: Any, text: Any) -> None:
    job = assert_refused(line, text)
    assert was_unreadable(job)
    assert job.name


@pytest.mark.parametrize("message", [pytest.param(one, id=name) for name, one in BODIES.items()])
def test_a_body_that_is_none_is_written_down_under_its_id(line: Any, message: dict[str, Any]) -> None:
    job = assert_refused(line, message)
    assert (job.id, job.name) == (message["headers"]["id"], "projet.celery.debug_task")
    assert TaskResult.objects.get(task_id=job.id).status == "FAILURE"


@pytest.mark.parametrize("headers", [pytest.param(one, id=name) for name, one in HEADERS.items()])
def test_headers_that_celery_would_stumble_over_are_written_down(line: Any, headers: dict[str, Any]) -> None:
    assert_refused(line, envelope(headers=headers))


def test_what_is_left_of_a_flood_is_counted(line: Any) -> None:
    for number in range(MOST_A_MINUTE + 7):
        push(line, f"garbage {number}")
        line.take()
    refusals.refusals.write()
    assert Job.objects.count() == MOST_A_MINUTE
    assert MessageTally.objects.get(reason=MessageTally.Reason.FLOOD).count == 7
    assert line.redis.llen(QUEUE) == 0


def test_a_minute_later_rows_are_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(refused_message.time, "monotonic", lambda: now)
    allowance = Allowance()
    taken = [allowance.take() for _ in range(MOST_A_MINUTE + 1)]
    assert taken == [True] * MOST_A_MINUTE + [False]
    now = 1060.0
    assert allowance.take()


def test_what_arrived_is_cut_and_tells_no_password(line: Any) -> None:
    push(line, "see redis://:very-secret@host/1 " + "é" * 100_000)
    line.take()
    shown = what_arrived(Job.objects.get())
    assert "very-secret" not in shown
    assert '"size": 100032' in shown
    assert "cut after" in shown
    assert len(shown.encode()) < 66_000


def test_secret_arguments_of_a_refused_message_are_masked(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from tasks_app import catalogue

    kind = catalogue.kind_of("tasks_app.tasks.envoi_email")
    assert kind is not None
    monkeypatch.setitem(catalogue._kinds, kind.name, replace(kind, secret=("destinataire_id",)))
    headers = task(task=kind.name, argsrepr="('hidden-one',)", retries="x")
    push(line, envelope([["hidden-one"], {"modele_id": "plain"}, {}], headers=headers))
    push(line, envelope(["hidden-two", {}, {}], headers=headers | {"id": uuid()}))
    for _ in range(2):
        line.take()
    shown = " ".join(what_arrived(job) for job in Job.objects.all())
    assert "hidden" not in shown
    assert "plain" in shown


def test_a_message_that_no_row_takes_yet_is_kept_until_the_database_is_back(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(refusals, "keep_refused", away)
        push(line, envelope(headers=task(retries="x")))
        line.take()
    assert not Job.objects.exists()
    assert line.redis.hlen("unacked") == 1  # not acknowledged: another worker would get it
    refusals.refusals.write()
    assert Job.objects.get().state == State.FAILED
    assert line.redis.hlen("unacked") == 0


def test_a_task_that_is_not_known_can_be_run_again_once_it_is(line: Any) -> None:
    message = envelope([[1, "two"], {"three": 3}, {}], headers=task(task="not.here.yet"))
    job = assert_refused(line, message)
    assert "not.here.yet" in job.error
    assert (job.args, job.kwargs, was_unreadable(job)) == ([1, "two"], {"three": 3}, False)
    push(line, message | {"properties": envelope()["properties"]})  # the same, again
    line.take()
    assert Job.objects.filter(name="not.here.yet").count() == 1


def test_a_job_of_ours_whose_message_is_refused_fails_and_is_not_published_for_ever(
    line: Any, broker: RedisServer
) -> None:
    sent = jobs.add.delay(1, 2)
    [payload] = broker.client.lrange(QUEUE, 0, -1)
    message = json.loads(payload)
    assert message["headers"][OURS]
    broker.client.delete(QUEUE)
    push(line, message | {"body": base64.b64encode(b"[1, 2").decode()})
    line.take()
    job = Job.objects.get(id=sent.id)
    assert job.state == State.FAILED
    assert job.attempts.get().outcome == JobAttempt.Outcome.FAILED
    assert TaskResult.objects.get(task_id=sent.id).status == "FAILURE"


def test_a_refused_message_of_a_job_that_is_gone_is_counted(line: Any) -> None:
    push(line, envelope(headers=task(job=1, retries="x")))
    line.take()
    assert not Job.objects.exists()
    assert MessageTally.objects.get().reason == MessageTally.Reason.PRUNED


def test_a_foreign_message_that_expired_leaves_a_cancelled_job(line: Any) -> None:
    expired = (timezone.now() - timedelta(minutes=1)).isoformat()
    push(line, envelope([[1, 2], {}, {}], headers=task(task=jobs.add.name, expires=expired)))
    line.take()
    job = Job.objects.get()
    assert (job.state, job.origin, job.args) == (State.CANCELLED, "adopted", [1, 2])
    assert "expired" in job.error


def test_a_foreign_message_for_later_waits_as_a_row_and_not_in_the_worker(line: Any) -> None:
    later = timezone.now() + timedelta(days=1)
    push(line, envelope(headers=task(eta=later.isoformat())))
    line.take()  # `call_at` would fail the test
    assert line.ran[0].eta is None
    assert line.ran[0].request_dict["eta"] == later.isoformat()


def test_a_message_of_protocol_1_is_handed_on(line: Any) -> None:
    body = {"task": jobs.add.name, "id": uuid(), "args": [1, 2], "kwargs": {}}
    push(line, envelope(body, headers={}))
    line.take()
    assert line.ran[0].id == body["id"]
    assert line.ran[0].args == [1, 2]


@pytest.mark.parametrize("change", [{"args": 5}, {"kwargs": [1]}, {"id": 7}, {"retries": "x"}, {"id": None}])
def test_a_message_of_protocol_1_is_looked_at_as_well(line: Any, change: dict[str, Any]) -> None:
    body = {"task": jobs.add.name, "id": uuid(), "args": [], "kwargs": {}} | change
    assert_refused(line, envelope(body, headers={}))


def test_what_nobody_could_read_goes_back_as_it_was_where_a_worker_leaves(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals.refusals, "add", lambda message, reason: None)
    push(line, "garbage")
    line.take()
    assert line.redis.llen(QUEUE) == 0
    line.connection.default_channel.qos.restore_unacked_once()
    assert line.redis.lrange(QUEUE, 0, -1) == [b"garbage"]


NOTES: dict[str, Any] = {
    "no JSON": "garbage",
    "a number": "5",
    "two parts": '["a", "b"]',
    "a message that is a text": '["a", "", "default"]',
    "no place": json.dumps([{"headers": {}, "properties": {}}, "", QUEUE]),
    "a place that is a number": json.dumps([envelope(), 1, 2]),
}


@pytest.mark.parametrize("note", [pytest.param(one, id=name) for name, one in NOTES.items()])
def test_what_somebody_wrote_among_kombus_notes_is_written_down_and_holds_up_no_other(
    line: Any, note: str
) -> None:
    theirs = envelope()
    line.redis.hset("unacked", mapping={"bad": note, "good": json.dumps([theirs, "", QUEUE])})
    line.redis.zadd("unacked_index", {"bad": 2, "good": 1})
    line.connection.default_channel.qos.restore_visible()
    assert line.redis.hlen("unacked") == line.redis.zcard("unacked_index") == 0
    assert "notes" in Job.objects.get().error
    line.take()
    assert [request.id for request in line.ran] == [theirs["headers"]["id"]]


@pytest.mark.parametrize("key", ["unacked", "unacked_index"])
def test_something_else_under_the_name_of_kombus_notes_is_put_aside(line: Any, key: str) -> None:
    line.redis.set(key, "somebody's")
    push(line, envelope())
    line.take()
    assert len(line.ran) == 1
    assert line.redis.hlen("unacked") == 1
    assert [line.redis.get(name) for name in line.redis.keys(f"{key}:not-a-*")] == [b"somebody's"]


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


@pytest.mark.parametrize(("args", "kwargs"), [pytest.param(*one, id=name) for name, one in SENDERS.items()])
def test_a_foreign_message_that_no_row_takes_is_a_failed_job(
    broker: RedisServer, transactional_db: None, args: Any, kwargs: Any, deliver: Callable[..., Any]
) -> None:
    job_id = deliver(jobs.add.name, args, kwargs)
    job = Job.objects.get()
    assert (job.id, job.state, job.origin, job.name) == (job_id, State.FAILED, "adopted", jobs.add.name)
    assert "Nothing of it ran" in job.error
    assert what_arrived(job)
    assert TaskResult.objects.get(task_id=job_id).status == "FAILURE"


def test_a_foreign_id_of_another_job_is_refused_and_that_job_is_left_alone(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    taken = jobs.add.apply_async((1, 2), countdown=600)
    before = Job.objects.filter(id=taken.id).values().get()
    deliver(jobs.say_language.name, [], {}, id=taken.id)
    deliver(jobs.add.name, [3, 4], {}, id=taken.id)
    assert Job.objects.filter(id=taken.id).values().get() == before
    refused = Job.objects.exclude(id=taken.id)
    assert [(job.state, taken.id in job.error) for job in refused] == [(State.FAILED, True)] * 2
    assert not TaskResult.objects.filter(task_id=taken.id).exists()


def test_a_foreign_message_that_comes_twice_runs_once(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    job_id = deliver(jobs.add.name, [1, 2], {})
    deliver(jobs.add.name, [1, 2], {}, id=job_id)
    job = Job.objects.get()
    assert (job.state, job.runs) == (State.SUCCEEDED, 1)


def test_a_foreign_message_speaks_for_nobody(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    """A person or a schedule that its headers name would be those of a row, or of none."""
    deliver(jobs.add.name, [1, 2], {}, job_by=987_654, job_schedule=5, job_slot="2026-01-01T00:00:00Z")
    job = Job.objects.get()
    assert (job.state, job.created_by_id, job.scheduled_for) == (State.SUCCEEDED, None, None)


def test_a_late_message_of_a_job_that_is_gone_is_counted(
    broker: RedisServer, transactional_db: None, deliver: Callable[..., Any]
) -> None:
    for _ in range(3):
        deliver(jobs.add.name, [1, 2], {}, job=1)
    assert not Job.objects.exists()
    tally = MessageTally.objects.get()
    assert (tally.reason, tally.count) == (MessageTally.Reason.PRUNED, 3)


@pytest.fixture
def deliver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Celery's tracer around a task, with a message's headers and arguments, as a pool process has them."""
    from celery.app.trace import build_tracer

    from tasks_app.worker import result_backend

    monkeypatch.setattr(result_backend, "allowance", Allowance())

    def run(name: str, args: Any, kwargs: Any, **headers: Any) -> str:
        job_id = headers.pop("id", None) or uuid()
        request = task(id=job_id, task=name, **headers) | {
            "args": args,
            "kwargs": kwargs,
            "job_token": uuid(),
            "hostname": "worker1@here",
            "delivery_info": {"routing_key": QUEUE},
            "is_eager": False,
        }
        build_tracer(name, app.tasks[name], app=app)(job_id, args, kwargs, request)
        return job_id

    return run
