"""What users of django-celery-results count on holds with our backend: docs/result-backend.md lists it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from celery import current_app, states
from celery.app.task import Context
from celery.result import AsyncResult, GroupResult
from celery.utils.serialization import b64decode
from django_celery_results.models import ChordCounter, TaskResult
from kombu.serialization import pickle

from tasks_app import launching
from tasks_app.ledger import transitions
from tasks_app.ledger.message_codec import context_of
from tasks_app.ledger.run import Run, begin_run, finish_run
from tasks_app.models import Job
from tests.engine import jobs

pytestmark = pytest.mark.django_db
TASK = "projet.celery.debug_task"


@pytest.fixture
def backend() -> Any:
    return current_app.backend


def done(backend: Any, result: Any, **attributes: Any) -> tuple[str, Context]:
    """A job that a worker has claimed and ended with this result."""
    job = launching.launch(TASK, {})
    request = context_of(job)
    for name, value in attributes.items():
        setattr(request, name, value)
    in_a_run(job.id, lambda: backend.mark_as_done(job.id, result, request=request))
    return job.id, request


def in_a_run(job_id: str, tell: Any) -> None:
    assert transitions.claim(job_id, f"token of {job_id[:8]}", "a worker")
    run = begin_run(Run(job_id, f"token of {job_id[:8]}"))
    try:
        tell()
    finally:
        finish_run(run)


@pytest.mark.parametrize("result", [{"foo": "baz", "bar": True}, "foo", None, 42, [1, "two"]])
def test_a_result_is_read_back_as_it_was(backend: Any, result: Any) -> None:
    job_id, _ = done(backend, result, argsrepr="['a']", kwargsrepr="{'c': 6}", hostname="a worker")
    meta = backend.get_task_meta(job_id)
    assert (meta["result"], meta["task_name"], meta["worker"]) == (result, TASK, "a worker")
    assert (meta["task_args"], meta["task_kwargs"]) == ("['a']", "{'c': 6}")
    assert json.loads(TaskResult.objects.get(task_id=job_id).task_args) == "['a']"
    found = AsyncResult(job_id)
    assert (found.state, found.result, found.args) == (states.SUCCESS, result, "['a']")


@pytest.mark.parametrize("result", [{"foo": 1 + 2j}, "foo", b"foo"])
def test_a_pickled_result_is_read_back_as_it_was(backend: Any, result: Any) -> None:
    pickling = type(backend)(app=current_app, serializer="pickle", accept=["pickle", "json"])
    job_id, _ = done(pickling, result, argsrepr="('a',)")
    assert pickling.get_task_meta(job_id)["result"] == result
    assert pickle.loads(b64decode(TaskResult.objects.get(task_id=job_id).task_args)) == "('a',)"


def test_a_failure_comes_back_as_its_exception(backend: Any) -> None:
    backend.mark_as_failure("never ran", KeyError("foo"))
    assert backend.get_status("never ran") == states.FAILURE
    assert isinstance(backend.get_result("never ran"), KeyError)


def test_meta_of_the_request_is_kept(backend: Any) -> None:
    job_id, _ = done(backend, None, meta={"key": "value"})
    assert json.loads(TaskResult.objects.get(task_id=job_id).meta) == {"key": "value", "children": []}


def test_the_dates_tell_when_it_was_made_begun_and_done(backend: Any) -> None:
    job = launching.launch(TASK, {})
    backend.store_result(job.id, None, states.PENDING)
    pending = TaskResult.objects.get(task_id=job.id)
    assert pending.date_started is None
    backend.mark_as_started(job.id)
    started = TaskResult.objects.get(task_id=job.id)
    assert (started.status, started.date_created) == (states.STARTED, pending.date_created)
    assert started.date_started is not None
    assert started.date_done > pending.date_done
    backend.store_result(job.id, None, states.REVOKED)
    assert TaskResult.objects.get(task_id=job.id).date_started == started.date_started


def test_a_forgotten_result_is_gone(backend: Any) -> None:
    job_id, _ = done(backend, {"foo": "bar"})
    AsyncResult(job_id).forget()
    assert AsyncResult(job_id).result is None
    assert Job.objects.filter(id=job_id).exists()  # the job itself is not forgotten


def test_a_state_of_ones_own_is_stored_until_the_end(backend: Any) -> None:
    backend.store_result("custom", {"progress": 10}, "Progress")
    assert (backend.get_status("custom"), backend.get_result("custom")) == ("Progress", {"progress": 10})


def test_without_extended_results_name_and_arguments_stay_out(backend: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(current_app.conf, "result_extended", False)
    job_id, _ = done(backend, "foo")
    row = TaskResult.objects.get(task_id=job_id)
    assert (row.task_name, row.task_args, row.task_kwargs) == (None, None, None)
    assert backend.get_result(job_id) == "foo"


def test_groups_are_saved_and_restored_nested_too(backend: Any) -> None:
    nested = GroupResult(id="inner", results=[AsyncResult("a"), AsyncResult("b")])
    group = GroupResult(id="outer", results=[nested, AsyncResult("c")])
    group.save(backend=backend)
    assert backend.restore_group("outer") == group


def test_a_counter_that_is_not_there_is_no_error(backend: Any) -> None:
    request = Context(id="part", group="nobody's group")
    backend.on_chord_part_return(request=request, state=None, result=None)


def test_a_header_as_a_tuple_is_taken_too(backend: Any) -> None:
    backend.apply_chord(("a group", [AsyncResult("a"), AsyncResult("b")]), jobs.add.s())
    assert ChordCounter.objects.get(group_id="a group").count == 2
