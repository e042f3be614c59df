from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from kombu import Queue
from kombu.utils.uuid import uuid

from projet.celery import app
from tasks_app.clock.recovery import recover
from tasks_app.ledger.refused_message import Allowance
from tasks_app.models import Job
from tasks_app.worker import received, refusals, taken_messages
from tests.engine.worker_line import PATCHED, QUEUE, a_consumer, task
from tests.servers import Process, RedisServer, wait_until
from tests.stack import Stack

KNOWS_TEST_JOBS: dict[str, Any] = {"DJANGO_SETTINGS_MODULE": "tests.engine.settings"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where jobs note that they ran."""
    return tmp_path / "runs.log"


@pytest.fixture
def start_worker(processes: Stack) -> Callable[..., Process]:
    def start(name: str = "worker1", **options: Any) -> Process:
        return processes.start_worker(name, **KNOWS_TEST_JOBS, **options)

    return start


@pytest.fixture(scope="module")
def worker_of_module(
    redis_server: RedisServer, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """One worker for the tests of a file: it idles while the database is flushed between them."""
    stack = Stack(redis_server, tmp_path_factory.mktemp("worker"))
    stack.start_worker(**KNOWS_TEST_JOBS)
    yield
    stack.stop()


@pytest.fixture
def worker(broker: RedisServer, transactional_db: None, worker_of_module: None) -> None:
    """A worker that runs what the test publishes."""


def ended(task_id: Any, state: str = "succeeded", timeout: float = 60) -> Job:
    """The job once it has the state; the clock's recovery is driven from here."""

    def there() -> Job | None:
        recover(timezone.now())
        job = Job.objects.get(id=str(task_id))
        return job if job.state == state else None

    try:
        return wait_until(there, timeout, f"job {task_id} to be {state}")
    except AssertionError as error:
        error.add_note(repr(Job.objects.filter(id=str(task_id)).values().first()))
        raise


@pytest.fixture
def no_log_lines() -> Iterator[None]:
    """They quote what a test gives, which pytest-xdist cannot hand on."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


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
