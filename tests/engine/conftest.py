from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tasks_app.clock.recovery import recover
from tasks_app.models import Job
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
