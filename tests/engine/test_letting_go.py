"""A worker that refuses, fails and retries jobs all day does not grow."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from billiard.einfo import ExceptionInfo
from celery import current_app, states
from celery.app.trace import trace_task
from django.utils import timezone
from kombu.utils.uuid import uuid

from tasks_app.models import Job, State
from tests.engine import jobs
from tests.engine.deliveries import request_of
from tests.servers import RedisServer


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def tracebacks_kept() -> int:
    return sum(type(one) is ExceptionInfo for one in gc.get_objects())  # proxies pretend to be others


def deliver(task: Any, args: Any, state: str) -> str:
    """What Celery's tracer makes of a message whose job has that state."""
    job = Job.objects.get(id=task.delay(*args).id)
    Job.objects.filter(id=job.id).update(state=state, available_at=timezone.now())
    request = request_of(job, uuid())
    outcome = trace_task(task, job.id, job.args, job.kwargs, request=request, app=current_app)
    return str(outcome.info.state if outcome.info else states.SUCCESS)


@pytest.mark.parametrize(
    ("task", "args", "state", "outcome"),
    [
        (jobs.fail, ("no paper",), State.WAITING, states.FAILURE),
        (jobs.fail, ("no paper",), State.SUCCEEDED, states.IGNORED),
        (jobs.put_itself_off, (), State.WAITING, states.IGNORED),
    ],
    ids=["a failure", "a delivery that is refused", "a job that is put off"],
)
def test_an_error_goes_with_its_run_and_does_not_wait_for_the_garbage_collector(
    broker: RedisServer,
    transactional_db: None,
    no_collector: None,
    task: Any,
    args: Any,
    state: str,
    outcome: str,
) -> None:
    """Each keeps some 30 KB of a traceback's positions: a busy worker had hundreds of MB of them."""
    before = tracebacks_kept()
    assert deliver(task, args, state) == outcome
    assert tracebacks_kept() == before
