"""Queues & workers: what waits, who works, whether the broker answers; pause and resume."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.broker import ping
from tasks_app.models import Job, Node, QueueState, State
from tasks_app.monitor import queue_status, workers
from tests.pages.work import a_job, person

PAGE, LIVE = "/admin/queues/", "/admin/queues/live/"
VIEW, PAUSE = "tasks_app.view_queuestate", "tasks_app.pause_queue"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("moment")]


def a_node(name: str, beat: int = 1, stopped: bool = False, **details: Any) -> Node:
    now = timezone.now()
    return Node.objects.create(
        name=name,
        kind=Node.Kind.WORKER,
        started_at=now,
        beat_at=now - timedelta(seconds=beat),
        stopped_at=now if stopped else None,
        details=details,
    )


def queue(name: str) -> queue_status.Queue:
    return next(one for one in queue_status.queues(timezone.now()) if one.name == name)


def test_the_queues_of_the_declared_jobs_are_there_before_anything_waits() -> None:
    assert {"high", "default", "low"} <= set(queue_status.known_queues())


def test_a_queue_that_only_jobs_know_is_shown() -> None:
    a_job(State.WAITING, queue="elsewhere")
    assert "elsewhere" in person(VIEW).get(PAGE).content.decode()


def test_waiting_later_and_running_jobs_are_told_apart() -> None:
    now = timezone.now()
    a_job(State.WAITING, queue="high", published_at=now - timedelta(minutes=3))
    a_job(State.WAITING, queue="high")  # the broker has not taken it
    a_job(State.WAITING, queue="high", available_at=now + timedelta(minutes=5))
    a_job(State.RUNNING, queue="high")
    high = queue("high")
    assert (str(high.waiting), str(high.due), str(high.later), high.running) == ("3", "2", "1", 1)
    assert high.oldest is not None
    assert high.oldest == timedelta(minutes=3)


def test_what_was_published_anew_has_waited_since_it_was_due() -> None:
    now = timezone.now()
    a_job(State.WAITING, queue="high", published_at=now, available_at=now - timedelta(hours=2))
    a_job(State.WAITING, queue="high", published_at=now - timedelta(minutes=1))
    waited = queue("high").oldest
    assert waited == timedelta(hours=2)


def test_counting_stops_early(monkeypatch: Any) -> None:
    monkeypatch.setattr(queue_status, "COUNTED", 5)
    now = timezone.now()
    for _ in range(9):
        a_job(State.WAITING, queue="high", published_at=now)
    assert str(queue("high").waiting) == "5+"


def test_what_was_not_read_is_not_said_to_be_none(monkeypatch: Any) -> None:
    """Of jobs that no broker has only the first that are due are read, whatever their queue."""
    monkeypatch.setattr(queue_status, "COUNTED", 5)
    later = timezone.now() + timedelta(hours=1)
    for number in range(9):
        a_job(State.WAITING, queue="high", available_at=later + timedelta(seconds=number))
    a_job(State.WAITING, queue="low", available_at=later + timedelta(hours=2))
    a_job(State.WAITING, queue="low", published_at=timezone.now())
    low = queue("low")
    assert (str(low.waiting), str(low.due), str(low.later)) == ("1+", "1", "0+")
    assert not queue("default").unattended


def test_every_queue_that_a_job_is_in_or_a_worker_reads_is_known() -> None:
    now = timezone.now()
    a_job(State.WAITING, queue="old", published_at=now - timedelta(days=90))
    for name in ("held", "replaced"):
        a_job(State.WAITING, queue=name, available_at=None if name == "replaced" else now)
    a_job(State.RUNNING, queue="busy")
    a_node("w@host", queues=["read"])
    assert {"old", "held", "replaced", "busy", "read"} <= set(queue_status.known_queues())


def test_no_query_over_jobs_is_without_a_bound() -> None:
    for name in ("high", "default", "low"):
        a_job(State.WAITING, queue=name, published_at=timezone.now())
    client = person(VIEW)
    with CaptureQueriesContext(connection) as captured:
        client.get(LIVE)
    about_jobs = [q["sql"].upper() for q in captured if "TASKS_APP_JOB" in q["sql"].upper()]
    assert about_jobs
    assert not [sql for sql in about_jobs if "LIMIT" not in sql]


def test_somebody_waits_and_nobody_comes() -> None:
    a_job(State.WAITING, queue="high", published_at=timezone.now())
    client = person(VIEW)
    assert "Nobody works on it" in client.get(PAGE).content.decode()
    a_node("w@host", queues=["high"])
    assert "Nobody works on it" not in client.get(PAGE).content.decode()


def test_nodes_are_alive_silent_or_stopped() -> None:
    a_node("here@host", queues=["high"], concurrency=4)
    a_node("frozen@host", beat=60)
    a_node("gone@host", stopped=True)
    a_node("long.gone@host", beat=3 * 24 * 3600)
    seen = {one.node.name: one.presence for one in workers.nodes(timezone.now()).nodes}
    assert seen == {"here@host": "alive", "frozen@host": "silent", "gone@host": "stopped"}
    page = person(VIEW).get(PAGE).content.decode()
    assert "Alive" in page
    assert "Silent" in page
    assert "Stopped" in page


def test_without_workers_the_page_says_how_to_start_one() -> None:
    page = person(VIEW).get(PAGE).content.decode()
    assert "No worker has reported" in page
    assert "celery -A projet worker" in page


def test_the_page_says_that_the_broker_answers(broker: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(ping, "PATIENCE", 10)  # a busy machine is no fault of the broker's
    page = person(VIEW).get(PAGE).content.decode()
    assert "The broker answers" in page


@pytest.mark.parametrize("fault", ["stop", "freeze"])
def test_a_broker_that_is_down_or_silent_never_holds_the_page(broker: Any, fault: str) -> None:
    """A frozen broker stays frozen: a page that waited for it would never come."""
    client = person(VIEW)
    getattr(broker, fault)()
    page = client.get(LIVE).content.decode()
    assert "The broker does not answer" in page
    assert "Nothing is lost" in page
    assert ping.PATIENCE <= 1  # seconds


def test_a_broker_that_refuses_is_not_waited_for_and_says_so() -> None:
    answer = ping.ask_broker(patience=1.5)  # the tests' settings name a port that nobody has
    assert answer.answered_in is None
    assert "refused" in answer.problem


def test_a_broker_that_takes_no_messages_is_not_said_to_answer(broker: Any) -> None:
    broker.client.config_set("maxmemory", "1")
    try:
        page = person(VIEW).get(LIVE).content.decode()
    finally:
        broker.client.config_set("maxmemory", "0")
    assert "The broker takes no messages" in page
    assert "The broker answers" not in page


def test_the_brokers_password_is_not_shown(monkeypatch: Any) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://:s3cret@127.0.0.1:1/0")
    page = person(VIEW).get(LIVE).content.decode()
    assert "redis://127.0.0.1:1/0" in page
    assert "s3cret" not in page


@pytest.mark.django_db(transaction=True)
def test_a_queue_is_paused_and_resumed() -> None:
    client = person(VIEW, PAUSE)
    url = "/admin/queues/high/pause/"
    assert "Jobs that run end." in client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert not QueueState.objects.exists()
    page = client.post(url, follow=True).content.decode()
    assert QueueState.objects.get(name="high").paused
    assert re.search(r"Paused since \d\d:\d\d by ada", page)
    client.post("/admin/queues/high/resume/")
    assert not QueueState.objects.get(name="high").paused
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Paused.",
        "Resumed.",
    ]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("action", ["pause", "resume"])
def test_switching_a_queue_needs_the_permission(method: str, action: str) -> None:
    assert getattr(person(VIEW), method)(f"/admin/queues/high/{action}/").status_code == 403
    assert getattr(person(PAUSE, name="bea"), method)(f"/admin/queues/high/{action}/").status_code == 403
    assert not QueueState.objects.exists()


def test_a_queue_that_nobody_knows_is_not_found() -> None:
    assert person(VIEW, PAUSE).post("/admin/queues/nonsense/pause/").status_code == 404


@pytest.mark.parametrize("url", [PAGE, LIVE])
def test_the_page_needs_its_permission(url: str) -> None:
    assert person("tasks_app.view_job").get(url).status_code == 403


def test_counts_lead_to_the_jobs_for_whom_may_see_them() -> None:
    link = "/admin/tasks_app/job/?state=waiting&amp;queue=high"
    assert link in person(VIEW, "tasks_app.view_job").get(PAGE).content.decode()
    assert link not in person(VIEW, name="bea").get(PAGE).content.decode()
    assert not Job.objects.exists()
