"""A worker that is asked to finish takes no other job, ends those that it has, and then itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import state as worker_state
from django.utils import timezone

from tasks_app import control
from tasks_app.db import shared_time
from tasks_app.models import Job, Node, State
from tasks_app.worker.finishing import Finishing
from tests.engine import jobs
from tests.engine.conftest import ended
from tests.servers import wait_until


class Consumer:
    """What of Celery's consumer is asked."""

    hostname = "w@host"

    def __init__(self, connected: bool = True) -> None:
        self.taken = {"high": object(), "low": object()}
        queues = SimpleNamespace(
            consume_from=self.taken,
            deselect=self.taken.pop,
            select_add=lambda name: self.taken.setdefault(name, object()),
        )
        self.app = SimpleNamespace(amqp=SimpleNamespace(queues=queues))
        self.task_consumer = object() if connected else None
        self.cancel_task_queue = self.taken.pop
        self.add_task_queue = queues.select_add


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """What the worker has."""
    requests: set[Any] = set()
    monkeypatch.setattr(worker_state, "reserved_requests", requests)
    monkeypatch.setattr(worker_state, "should_stop", None)
    return requests


@pytest.mark.once
@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.django_db
def test_it_takes_no_more_and_ends_when_it_has_nothing(held: set[Any], connected: bool) -> None:
    consumer = Consumer(connected)
    finishing = Finishing(consumer)
    finishing.take_word(False)
    assert set(consumer.taken) == {"high", "low"}
    held.add("a job")
    for _look in range(2):
        finishing.take_word(True)
    assert consumer.taken == {}
    assert worker_state.should_stop is None
    held.clear()
    finishing.take_word(True)
    assert worker_state.should_stop == 0


@pytest.mark.once
@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.django_db
def test_it_goes_on_where_that_is_taken_back_in_time(held: set[Any], connected: bool) -> None:
    consumer = Consumer(connected)
    finishing = Finishing(consumer)
    held.add("a job")
    finishing.take_word(True)
    finishing.take_word(False)
    held.clear()
    finishing.take_word(False)
    assert set(consumer.taken) == {"high", "low"}
    assert worker_state.should_stop is None


@pytest.mark.django_db
def test_what_was_asked_of_an_earlier_process_of_its_name_is_done_with() -> None:
    now = timezone.now()
    Node.objects.create(
        name="w@host",
        kind=Node.Kind.WORKER,
        started_at=now,
        beat_at=shared_time.now(),
        details={"finishes": True},
        finish_asked_at=now - timedelta(hours=1),
        finish_reason="Memory",
    )
    finishing = Finishing(Consumer())
    assert not finishing.is_asked()
    assert Node.objects.get().finish_reason == ""
    assert control.ask_to_finish("w@host", by=None)
    assert finishing.is_asked()
    assert control.let_go_on("w@host")
    assert not finishing.is_asked()


@pytest.mark.stack
def test_a_worker_ends_its_job_takes_no_other_and_stops_with_success(
    start_worker: Callable[..., Any], log: Path, tmp_path: Path
) -> None:
    worker = start_worker()
    gate = tmp_path / "gate"
    first = jobs.wait_for.delay(str(log), str(gate))
    wait_until(lambda: Job.objects.get(id=first.id).state == State.RUNNING)
    name = Job.objects.get(id=first.id).worker
    wait_until(lambda: control.ask_to_finish(name, by=None))
    wait_until(lambda: "takes no other job" in worker.tail())
    second = jobs.write.delay(str(log), "second")
    gate.touch()
    ended(first.id)
    wait_until(lambda: not worker.running)
    assert worker.popen.returncode == 0
    assert Job.objects.get(id=second.id).state == State.WAITING
    assert Node.objects.get(pk=name).stopped_at is not None
