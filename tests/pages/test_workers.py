"""What each worker does, what became of a silent one's jobs, and asking one to finish and stop."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tasks_app.models import Job, JobAttempt, Node, State
from tests.pages.test_queues import a_node
from tests.pages.work import a_job, person, user_of

pytestmark = pytest.mark.django_db

VIEW, STOP, JOBS = "tasks_app.view_queuestate", "tasks_app.stop_worker", "tasks_app.view_job"


def text_of(client: Client) -> str:
    return " ".join(unescape(client.get(reverse("admin:queues")).content.decode()).split())


def a_worker(name: str = "w@host", **more: Any) -> Node:
    details: dict[str, Any] = {"queues": ["high"], "concurrency": 4, "finishes": True}
    return a_node(name, **details | more)


def test_a_worker_shows_what_it_runs_for_how_long_and_how_far_it_is() -> None:
    a_worker()
    now = timezone.now()
    job = a_job(
        State.RUNNING,
        about="lea@example.org",
        started_at=now - timedelta(minutes=3),
        progress=40,
        progress_note="Halfway",
    )
    a_job(State.RUNNING, worker="other@host", about="not.here@example.org")
    page = text_of(person(VIEW, JOBS))
    assert "lea@example.org" in page
    assert "for 3 min" in page
    assert "40 %" in page
    assert "Halfway" in page
    assert "3 processes have nothing to do" in page
    assert "not.here@example.org" not in page
    assert reverse("admin:tasks_app_job_change", args=[job.pk]) in page
    assert reverse("admin:tasks_app_job_change", args=[job.pk]) not in text_of(person(VIEW, name="bea"))


def test_a_worker_says_how_fast_it_is() -> None:
    a_worker()
    for worker in ["w@host"] * 10 + ["other@host"] * 5:
        a_job(State.SUCCEEDED, worker=worker)
    assert "2.0 a minute" in text_of(person(VIEW))


def test_of_a_silent_worker_the_page_says_what_became_of_its_jobs() -> None:
    node = a_worker(beat=600)
    held = a_job(State.RUNNING, about="held@example.org")
    taken = a_job(State.WAITING, about="taken@example.org")
    for job, worker, ended_at in (
        (taken, "w@host", node.beat_at + timedelta(minutes=2)),
        (a_job(State.FAILED, about="before@example.org"), "w@host", node.beat_at - timedelta(minutes=2)),
        (a_job(State.FAILED, about="elsewhere@example.org"), "x@host", node.beat_at + timedelta(minutes=2)),
    ):
        JobAttempt.objects.create(
            job=job, number=1, outcome=JobAttempt.Outcome.LOST, worker=worker, ended_at=ended_at
        )
    page = text_of(person(VIEW, JOBS))
    silent = page.partition("Silent workers")[2]
    assert held.about in silent.partition("Taken back since")[0]
    assert taken.about in silent.partition("Taken back since")[2]
    assert "before@example.org" not in silent
    assert "elsewhere@example.org" not in silent
    assert "No worker gives a sign of life" in page


# --- Asking one to finish -------------------------------------------------------------------------


def finish(client: Client, name: str = "w@host", **data: str) -> Any:
    return client.post(reverse("admin:worker_finish", args=[name]), data, follow=True)


def test_a_worker_is_asked_to_finish_and_let_go_on_again() -> None:
    a_worker()
    a_job(State.RUNNING, about="lea@example.org")
    client = person(VIEW, STOP)
    dialog = client.get(reverse("admin:worker_finish", args=["w@host"]), headers={"HX-Request": "true"})
    said = unescape(dialog.content.decode())
    assert "1 job runs on it" in said
    assert "lea@example.org" in said
    assert "supervisor" in said
    page = unescape(finish(client, reason="It eats memory").content.decode())
    node = Node.objects.get()
    assert (node.finish_asked_by, node.finish_reason) == (user_of(client), "It eats memory")
    assert node.finish_asked_at is not None
    assert "Finishing" in page
    assert "It eats memory" in page
    client.post(reverse("admin:worker_go_on", args=["w@host"]))
    node.refresh_from_db()
    assert Node.objects.filter(finish_asked_at=None, finish_asked_by=None, finish_reason="").exists()
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Asked to finish and stop: It eats memory",
        "Let it go on: it takes jobs again.",
    ]


@pytest.mark.parametrize(
    "more", [{"beat": 600}, {"stopped": True}, {"finishes": False}], ids=["silent", "stopped", "older"]
)
def test_one_that_cannot_hear_it_is_not_asked(more: dict[str, Any]) -> None:
    a_worker(**more)
    client = person(VIEW, STOP)
    assert reverse("admin:worker_finish", args=["w@host"]) not in text_of(client)
    assert "cannot be asked now" in finish(client).content.decode()
    assert Node.objects.get().finish_asked_at is None
    assert not LogEntry.objects.exists()


def test_who_asks_second_is_told_and_the_first_stays() -> None:
    a_worker()
    finish(person(VIEW, STOP), reason="First")
    assert "was asked before" in finish(person(VIEW, STOP, name="bea"), reason="Second").content.decode()
    assert Node.objects.get().finish_reason == "First"


def test_forged_names_and_reasons_are_refused() -> None:
    a_worker()
    Node.objects.create(
        name="clock@host", kind=Node.Kind.CLOCK, started_at=timezone.now(), beat_at=timezone.now()
    )
    client = person(VIEW, STOP)
    assert finish(client, "clock@host").status_code == 404
    assert finish(client, "nobody@host").status_code == 404
    assert "at most 500" in finish(client, reason="x" * 10_000).content.decode()
    assert not Node.objects.exclude(finish_asked_at=None).exists()


@pytest.mark.parametrize("name", ["worker_finish", "worker_go_on"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_needs_a_right_of_its_own(name: str, method: str) -> None:
    a_worker()
    client = person(VIEW, "tasks_app.pause_queue", "tasks_app.cancel_job")
    assert getattr(client, method)(reverse(f"admin:{name}", args=["w@host"])).status_code == 403
    assert not Job.objects.exists()
