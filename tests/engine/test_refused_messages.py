"""Whatever arrives from the broker leaves a row: its job, or a failed one that shows what it was."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone, translation
from django_celery_results.models import TaskResult
from kombu.utils.uuid import uuid

from tasks_app.ledger import refused_message
from tasks_app.ledger.message_codec import OURS
from tasks_app.ledger.refused_message import MOST_A_MINUTE, Allowance, was_unreadable, what_arrived
from tasks_app.models import Job, JobAttempt, MessageTally, State
from tasks_app.worker import refusals
from tests.engine import jobs
from tests.engine.malformed import BODIES, HEADERS, MALFORMED, NOTES
from tests.engine.worker_line import QUEUE, envelope, push, task
from tests.servers import RedisServer

pytestmark = pytest.mark.usefixtures("no_log_lines")


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


@pytest.mark.parametrize(
    ("message", "in_french"),
    [
        (envelope(headers=HEADERS["no id"]), "Il n’a pas d’identifiant."),
        (envelope(headers=HEADERS["retries in words"]), "L’en-tête « retries » vaut 'x'."),
        (envelope(headers=HEADERS["a name of Celery's own"]), "Le nom d’un en-tête commence par « _ »"),
        (BODIES["callbacks that are a text"], "« callbacks », parmi ses options,"),
        (BODIES["options that are a number"], "Ses options ne forment pas un objet."),
        (BODIES["a bomb cut short"], "Son corps compressé s’arrête avant la fin."),
    ],
)
def test_why_it_was_refused_is_said_in_its_reader_s_language(line: Any, message: Any, in_french: str) -> None:
    job = assert_refused(line, message)
    with translation.override("fr"):
        assert in_french in job.said.replace("\xa0", " ")


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
    assert "(cut after 64.0\xa0KB)" in shown
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
