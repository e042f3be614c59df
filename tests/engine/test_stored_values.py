"""What no row keeps as it is is refused at the call, on every database alike, and nothing is spoilt by it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from celery import chain, chord, group, shared_task
from celery.app.trace import build_tracer
from celery.exceptions import Ignore
from celery.result import AsyncResult
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import translation
from django_celery_results.models import TaskResult
from kombu.utils.uuid import uuid

from projet.celery import app
from tasks_app import launching
from tasks_app.ledger import transitions
from tasks_app.ledger.json_values import DEEPEST, Unstorable, from_json, to_json
from tasks_app.ledger.run import Run, begin_run, finish_run
from tasks_app.management.commands import launch
from tasks_app.models import Job, State
from tasks_app.schedules.job_of_schedule import check_call
from tasks_app.worker import received
from tasks_app.worker.kept_result import CUT
from tests.engine import jobs
from tests.engine.deliveries import request_of
from tests.servers import RedisServer


@pytest.fixture(autouse=True)
def _no_log_lines() -> Iterator[None]:
    """They quote what a test gives, which pytest-xdist cannot hand on."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


def nested(levels: int) -> Any:
    return json.loads("[" * levels + "]" * levels)


def a_body_that_is_too_large() -> None:
    raise received._too_large()


REFUSED: dict[str, tuple[Any, str]] = {
    "NUL": ("a\x00b", "NUL"),
    "NUL in the middle of much": ({"x": ["é" * 500, {"y": "a\x00"}]}, "NUL"),
    "NUL in a key": ({"a\x00": 1}, "NUL"),
    "NUL in bytes": (b"a\x00b", "NUL"),
    "a high half": ("a\ud83d", "half a character"),
    "a low half": (["\udc00"], "half a character"),
    "a half in a key": ({"\ud800": 1}, "half a character"),
    "NaN": (float("nan"), "finite"),
    "Infinity": ({"x": [float("-inf")]}, "finite"),
    "a number without end": (10**5000, "digits"),  # Celery's own sentence: it writes arguments out before us
    "a key that is a number": ({1: "a"}, "keys of JSON"),
    "a key that is nothing": ([{"x": {None: "a"}}], "keys of JSON"),
    "a key that is a pair": ({(1, 2): "a"}, "keys of JSON"),
    "an object": (object(), "object"),
    "a set of an object": ({"x": {object()}}, ""),
    "nested too deep": (nested(DEEPEST + 5), "levels deep"),
    "nested far too deep": ({"x": [nested(900)]}, "levels deep"),
    "a circle": (CIRCLE, "levels deep"),
    "too large": ("x" * 1_100_000, "JOB_VALUE_MAX_KB"),
    "too large in all": (["é" * 1_000] * 600, "JOB_VALUE_MAX_KB"),
    "a tag of nobody": ({"__type__": "x", "__value__": 1}, "__type__"),
    "a date that is none": ({"__type__": "datetime", "__value__": "soon"}, "__type__"),
    "a number that is none": ([{"__type__": "decimal", "__value__": "ten"}], "__type__"),
}
KEPT: dict[str, Any] = {
    "beyond 64 bits": 2**80,
    "far below zero": -(2**63) - 1,
    "small": 5e-324,
    "bytes": b"caf\xe9",
    "a decimal": Decimal("0.10"),
    "an emoji": "😀",
    "five plain characters": "\\u0000",
    "deep": nested(DEEPEST - 5),
    "control characters": "\x01\x1f\x7f\u2028",
    "tags without a value": {"__type__": "x"},
    "a long text": "é" * 100_000,
}

WAYS: dict[str, Callable[[Any], Any]] = {
    "delay": lambda value: jobs.add.delay(value),
    "by name": lambda value: jobs.write.delay("/nowhere", line=value),
    "send_task": lambda value: app.send_task(jobs.add.name, args=[value]),
    "a chain": lambda value: chain(jobs.add.s(value), jobs.add.s(1)).delay(),
    "a later step": lambda value: chain(jobs.add.s(1), jobs.add.s(value)).delay(),
    "a group": lambda value: group(jobs.add.s(value), jobs.add.s(1)).delay(),
    "a chord's body": lambda value: chord([jobs.add.s(1)], jobs.add.s(value)).delay(),
    "a link": lambda value: jobs.add.apply_async((1,), link=jobs.add.s(value)),
    "a header": lambda value: jobs.add.apply_async((1,), headers={"theirs": value}),
    "launch": lambda value: launching.launch(jobs.write.name, {"path": "-", "line": value}),
    "launch_many": lambda value: launching.launch_many(
        jobs.write.name, [{"path": "-"}, {"path": "-", "line": value}]
    ),
    "apply": lambda value: jobs.add.apply((value,)),
}


@pytest.mark.parametrize(("value", "words"), [pytest.param(*one, id=name) for name, one in REFUSED.items()])
def test_it_is_refused_with_a_sentence_and_the_transaction_goes_on(
    broker: RedisServer, transactional_db: None, value: Any, words: str
) -> None:
    with transaction.atomic():
        before = jobs.add.delay(1)
        with pytest.raises(ValueError, match=words) as refusal:
            jobs.add.delay(value)
        assert jobs.add.name in str(refusal.value) or words == "digits"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        after = jobs.add.delay(2)
    assert set(Job.objects.values_list("id", flat=True)) == {before.id, after.id}


@pytest.mark.parametrize("way", [pytest.param(way, id=name) for name, way in WAYS.items()])
@pytest.mark.parametrize(
    "value",
    ["a\x00b", "a\ud83d", float("nan"), nested(DEEPEST + 50)],
    ids=["NUL", "half", "NaN", "deep"],
)
def test_each_way_to_a_row_refuses_it(
    broker: RedisServer, transactional_db: None, way: Callable[[Any], Any], value: Any
) -> None:
    with transaction.atomic():
        with transaction.atomic(), pytest.raises(ValueError, match=r"NUL|half|finite|levels deep"):
            way(value)
        jobs.add.delay("the transaction goes on")
    assert value not in [arg for job in Job.objects.all() for arg in (*job.args, *job.kwargs.values())]


@pytest.mark.parametrize("value", [pytest.param(one, id=name) for name, one in KEPT.items()])
def test_what_can_be_kept_comes_back_as_it_was(db: None, value: Any) -> None:
    sent = launching.launch(jobs.write.name, {"path": "-", "line": value})
    assert from_json(Job.objects.get(id=sent.id).kwargs) == {"path": "-", "line": value}


OPTIONS: dict[str, dict[str, Any]] = {
    "an id with NUL": {"task_id": "a\x00b"},
    "an id of 256 characters": {"task_id": "x" * 256},
    "an id that is a number": {"task_id": 5},
    "a queue of 256 characters": {"queue": "q" * 256},
    "a queue with NUL": {"queue": "a\x00"},
    "a limit in words": {"time_limit": "x"},
    "a limit without end": {"soft_time_limit": float("inf")},
    "retries beyond a column": {"retries": 2**31},
    "a person that is none": {"headers": {"job_by": "x"}},
    "a root that is a list": {"root_id": ["x"]},
}


@pytest.mark.parametrize("options", [pytest.param(one, id=name) for name, one in OPTIONS.items()])
def test_a_message_that_no_worker_could_take_is_refused_at_the_call(
    broker: RedisServer, transactional_db: None, options: dict[str, Any]
) -> None:
    with transaction.atomic():
        with pytest.raises((ValueError, TypeError)):
            jobs.add.apply_async((1,), **options)
        jobs.add.delay(1)
    assert Job.objects.count() == 1


def test_a_command_says_what_is_wrong(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> Job:
        raise Unstorable("It is too large.")

    monkeypatch.setattr(launch, "launch", refuse)
    with pytest.raises(CommandError, match="too large"):
        call_command("launch", "debug_task")


def test_a_schedule_of_what_no_row_keeps_is_set_aside() -> None:
    assert "NUL" in str(check_call(jobs.add.name, '["a\\u0000"]', "{}"))
    assert "finite" in str(check_call(jobs.add.name, "[NaN]", "{}"))


def test_the_bound_is_a_setting(settings: Any) -> None:
    settings.JOB_VALUE_MAX = 2_000
    with pytest.raises(Unstorable, match=r"2\.0.KB"):
        to_json(["x" * 2_000])
    assert to_json(["x" * 1_900]) == ["x" * 1_900]


# --- what a body tells -----------------------------------------------------------------------------


@pytest.fixture
def run(db: None) -> Any:
    job = launching.launch(jobs.add.name, {})
    assert transitions.claim(job.id, "its-token", "here")
    run = begin_run(Run(job.id, "its-token"))
    jobs.sit.push_request(id=job.id)
    yield job
    jobs.sit.pop_request()
    finish_run(run)


@pytest.mark.parametrize(
    ("percent", "kept"), [(None, None), (-5, 0), (10**9, 100), (33.4, 33), (True, 1), (99.99, 100)]
)
def test_progress_is_between_nothing_and_all(run: Job, percent: Any, kept: Any) -> None:
    jobs.sit.progress(percent, "no\x00te \ud83d" + "x" * 300)
    run.refresh_from_db()
    assert (run.progress, run.progress_note[:8]) == (kept, "no\ufffdte \ufffdx"[:8])


@pytest.mark.parametrize("percent", [float("nan"), float("inf"), "half"])
def test_a_percentage_that_is_none_is_refused(run: Job, percent: Any) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        jobs.sit.progress(percent)


@pytest.mark.parametrize("state", ["x" * 51, "a\x00", "\ud83d", 5])
def test_a_state_that_no_result_keeps_is_refused(run: Job, state: Any) -> None:
    with pytest.raises(ValueError, match="state"):
        jobs.sit.update_state(state=state, meta={})


def test_a_reason_to_wait_is_kept_without_what_no_database_takes(run: Job) -> None:
    with pytest.raises(Ignore):
        jobs.sit.snooze(timedelta(minutes=1), ValueError("sh\x00p \ud83d"))
    run.refresh_from_db()
    assert run.error == "sh\ufffdp \ufffd"


# --- results ----------------------------------------------------------------------------------------


@shared_task(name="tests.engine.stored.answer")
def answer(kind: str) -> Any:
    return {
        "half": {"subject": "Rappel \ud83d", "\udc00": 1},
        "NUL": ["a\x00b"],
        "pair": "\ud83d\ude00 😀",
        "escape": "\\ud83d \\\\ud83d",
        "large": "é" * 3_000_000,
        "NaN": float("nan"),
    }[kind]


@shared_task(name="tests.engine.stored.shout")
def shout(size: int) -> None:
    raise ValueError("a\x00 \ud83d " + "x" * size)


def result_of(task: Any, *args: Any) -> AsyncResult[Any]:
    """As a worker's end stores it, read as a caller does."""
    return AsyncResult(task.apply(args, task_id=uuid()).id, app=app)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("half", {"subject": "Rappel \ufffd", "\ufffd": 1}),
        ("NUL", ["a\ufffdb"]),
        ("pair", "😀 😀"),
        ("escape", "\\ud83d \\\\ud83d"),
    ],
)
def test_a_result_is_kept_in_characters_that_can_be_shown(db: None, kind: str, kept: Any) -> None:
    found = result_of(answer, kind)
    assert (found.status, found.get()) == ("SUCCESS", kept)


@pytest.mark.parametrize(
    ("refused", "english", "french"),
    [
        (lambda: to_json("x" * 3_000_000, most=2 * 2**20), "takes 2.9 MB", "2,9\xa0Mio"),
        (a_body_that_is_too_large, "larger than 24.0 MB.", "24,0\xa0Mio"),
    ],
)
def test_a_size_is_kept_in_the_unit_of_each_reader(
    refused: Callable[[], Any], english: str, french: str
) -> None:
    with pytest.raises(Unstorable) as error:
        refused()
    notice = error.value.notice
    assert english in str(notice).replace("\xa0", " ")
    with translation.override("fr"):
        assert french in str(notice)


def test_a_result_that_is_too_large_is_cut_and_says_so_and_its_job_succeeds(db: None, settings: Any) -> None:
    found = result_of(answer, "large")
    assert Job.objects.get(id=found.id).state == State.SUCCEEDED
    told = found.get()[CUT]
    assert (told["bytes"], told["most"]) == (18_000_002, settings.JOB_VALUE_MAX)
    assert told["begins"].startswith('"\\u00e9')
    assert len(TaskResult.objects.get(task_id=found.id).result) < 10_000


def test_a_result_that_is_too_large_for_what_follows_fails_with_a_sentence(
    broker: RedisServer, transactional_db: None
) -> None:
    in_a_chord = chord([answer.s("large")], jobs.add.s())
    parts = in_a_chord.delay().parent
    part = Job.objects.get(id=parts.results[0].id)
    run_as_a_worker(part)
    part.refresh_from_db()
    assert (part.state, part.cause) == (State.FAILED, "value.result_too_large")
    assert "JOB_VALUE_MAX_KB" in part.error
    first = chain(answer.s("large"), jobs.add.s()).delay().parent
    job = Job.objects.get(id=first.id)
    run_as_a_worker(job)
    job.refresh_from_db()
    assert (job.state, job.cause) == (State.FAILED, "value.arguments_unstorable")
    assert "JOB_VALUE_MAX_KB" in job.error


def run_as_a_worker(job: Job) -> None:
    build_tracer(job.name, app.tasks[job.name], app=app)(
        job.id, job.args, job.kwargs, request_of(job, uuid())
    )


def test_what_a_body_raises_is_kept_in_characters_that_can_be_shown_and_bounded(db: None) -> None:
    found = result_of(shout, 3_000_000)
    row = TaskResult.objects.get(task_id=found.id)
    assert (found.status, len(row.result) < 10_000) == ("FAILURE", True)
    assert "a\ufffd \ufffd xxx" in str(found.result)
    job = Job.objects.get(id=found.id)
    assert job.error.startswith("a\ufffd \ufffd xxx")
    assert sum(len(attempt.traceback + attempt.error) for attempt in job.attempts.all()) < 60_000


def test_a_worker_with_a_long_name_ends_its_jobs(db: None) -> None:
    job = launching.launch(jobs.add.name, {})
    request = {"id": job.id, "task": job.name, "hostname": "w" * 200, "delivery_info": {}, "is_eager": False}
    build_tracer(job.name, jobs.add, app=app)(
        job.id, [1], {}, request | {"job": 1, "args": [1], "kwargs": {}}
    )
    assert Job.objects.get(id=job.id).state == State.SUCCEEDED
    assert TaskResult.objects.get(task_id=job.id).worker == "w" * 100
