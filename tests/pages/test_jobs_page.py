"""One job's page: what it shows, how it follows the job, who may see it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_results.models import TaskResult

from backoffice.models import Recipient
from tasks_app import catalogue
from tasks_app.admin.common import Link, job_links
from tasks_app.models import FINAL, Job, JobAttempt, Node, QueueState, State
from tests.pages.work import EMAIL, a_job, person, user_of

VIEW = "tasks_app.view_job"

pytestmark = pytest.mark.django_db


def page_of(job: Job) -> str:
    return f"/admin/tasks_app/job/{job.pk}/change/"


def live_of(job: Job) -> str:
    return f"/admin/tasks_app/job/{job.pk}/live/"


@pytest.mark.parametrize("state", [*State])
def test_every_state_has_a_page(state: State) -> None:
    page = person(VIEW).get(page_of(a_job(state))).content.decode()
    assert str(state.label) in page


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING])
def test_a_job_that_may_still_change_is_followed(state: State) -> None:
    job = a_job(state)
    page = person(VIEW).get(page_of(job)).content.decode()
    assert f'hx-get="{live_of(job)}?seen=' in page
    assert 'role="status"' in page


@pytest.mark.parametrize("state", sorted({*FINAL, State.UNKNOWN}))
def test_following_stops_when_the_job_is_final_or_unknown(state: State) -> None:
    job = a_job(state)
    client = person(VIEW)
    assert live_of(job) not in client.get(page_of(job)).content.decode()
    assert live_of(job) not in client.get(live_of(job)).content.decode()


def test_nothing_is_sent_while_nothing_changed_and_the_change_as_soon_as_there_is_one() -> None:
    job = a_job(State.RUNNING, progress=10)
    client = person(VIEW)
    seen = re.search(r"\?seen=(\w+)", client.get(page_of(job)).content.decode()).group(1)
    assert client.get(live_of(job), {"seen": seen}).status_code == 204
    Job.objects.filter(pk=job.pk).update(progress=60, progress_note="Page 12 of 19")
    changed = client.get(live_of(job), {"seen": seen})
    assert changed.status_code == 200
    fragment = changed.content.decode()
    assert 'aria-valuenow="60"' in fragment
    assert "Page 12 of 19" in fragment
    assert 'hx-swap-oob="innerHTML"' in fragment  # said to screen readers


def test_arguments_are_shown_under_the_forms_labels_and_rows_by_name() -> None:
    lea = Recipient.objects.create(email="lea@example.org", name="Lea Example")
    job = a_job(name=EMAIL, kwargs={"destinataire_id": lea.pk, "modele_id": 4711})
    page = person(VIEW).get(page_of(job)).content.decode()
    assert "Recipient" in page
    assert "Lea Example &lt;lea@example.org&gt;" in page
    assert "4711 (does not exist)" in page


def test_positional_arguments_are_shown_by_name_too() -> None:
    lea = Recipient.objects.create(email="lea@example.org", name="Lea Example")
    page = person(VIEW).get(page_of(a_job(name=EMAIL, args=[lea.pk]))).content.decode()
    assert "Lea Example &lt;lea@example.org&gt;" in page


def test_secret_arguments_are_never_shown(monkeypatch: Any) -> None:
    from dataclasses import replace

    kind = catalogue._kinds[EMAIL]
    monkeypatch.setitem(catalogue._kinds, EMAIL, replace(kind, secret=frozenset({"modele_id"})))
    page = person(VIEW).get(page_of(a_job(name=EMAIL, kwargs={"modele_id": "s3cret"}))).content.decode()
    assert "s3cret" not in page
    assert "•••" in page


def test_a_job_of_an_undeclared_task_shows_its_arguments_as_they_are() -> None:
    job = a_job(name="somewhere.else.task", kwargs={"numbers": [1, 2]})
    page = person(VIEW).get(page_of(job)).content.decode()
    assert "numbers" in page
    assert "[1, 2]" in page


def test_what_jobs_say_cannot_write_on_the_page() -> None:
    evil = "<script>alert(1)</script>"
    job = a_job(
        State.FAILED, name="x.y", about=evil, error=evil, error_class=evil, kwargs={evil: evil}, worker=evil
    )
    JobAttempt.objects.create(
        job=job, number=1, outcome="retried", error=evil, traceback=evil, worker=evil, ended_at=timezone.now()
    )
    done = a_job(State.SUCCEEDED)
    TaskResult.objects.create(
        task_id=done.pk, result=f'"{evil}"', content_type="application/json", content_encoding="utf-8"
    )
    client = person(VIEW)
    assert evil not in client.get(page_of(job)).content.decode()
    page = client.get(page_of(done)).content.decode()
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_the_sentence_comes_first_and_the_traceback_is_folded_away() -> None:
    job = a_job(State.FAILED, error="The mailbox is full.", error_class="Refused")
    JobAttempt.objects.create(
        job=job, number=1, outcome="failed", error=job.error, traceback="File 1", ended_at=timezone.now()
    )
    page = person(VIEW).get(page_of(job)).content.decode()
    assert page.index("The mailbox is full.") < page.index("<details>") < page.index("File 1")


def test_a_job_that_waits_says_why() -> None:
    client = person(VIEW)
    now = timezone.now()
    kept = a_job(State.WAITING)
    assert "it starts when the broker is back" in client.get(page_of(kept)).content.decode()
    queued = a_job(State.WAITING, published_at=now, queue="high")
    assert "No worker takes jobs from its queue" in client.get(page_of(queued)).content.decode()
    Node.objects.create(
        name="w@host", kind=Node.Kind.WORKER, started_at=now, beat_at=now, details={"queues": ["high"]}
    )
    assert "as soon as a worker of its queue is free" in client.get(page_of(queued)).content.decode()
    QueueState.objects.create(name="high", paused=True)
    Job.objects.filter(pk=queued.pk).update(published_at=None)  # as its worker, or its launch, leaves it
    assert "Its queue is paused" in client.get(page_of(queued)).content.decode()


@pytest.mark.parametrize(
    ("state", "outcome", "finished"),
    [
        (State.SUCCEEDED, None, True),
        (State.FAILED, "failed", True),
        (State.FAILED, "lost", False),  # it was cut off
        (State.UNKNOWN, "lost", False),  # nobody knows
        (State.CANCELLED, None, False),
    ],
)
def test_one_that_was_asked_to_stop_and_ended_before_says_so(
    state: State, outcome: str | None, finished: bool
) -> None:
    now = timezone.now()
    job = a_job(state, cancel_asked_at=now)
    if outcome:
        JobAttempt.objects.create(job=job, number=1, outcome=outcome, ended_at=now)
    page = person(VIEW).get(page_of(job)).content.decode()
    assert ("It finished before it could be stopped." in page) == finished


def test_its_reruns_its_chain_and_its_result_are_linked() -> None:
    job = a_job(State.FAILED)
    again = a_job(rerun_of=job)
    follow_up = a_job(root_id=job.pk, parent_id=job.pk)
    result = TaskResult.objects.create(task_id=job.pk, content_type="a", content_encoding="b")
    page = person(VIEW, "django_celery_results.view_taskresult").get(page_of(job)).content.decode()
    assert page_of(again) in page
    assert page_of(follow_up) in page
    assert f"/admin/django_celery_results/taskresult/{result.pk}/change/" in page
    assert page_of(job) in person(VIEW, name="bea").get(page_of(again)).content.decode()


def test_the_domain_adds_its_own_links(monkeypatch: Any) -> None:
    def made(job: Job, user: Any) -> list[Link]:
        return [Link("The letter", f"/letter/{job.pk}/{user.username}", "mail")]

    monkeypatch.setattr("tasks_app.admin.jobs.page.job_links", [*job_links, made])
    job = a_job()
    assert f"/letter/{job.pk}/ada" in person(VIEW).get(page_of(job)).content.decode()


def test_what_its_reader_came_for_is_a_button_above_what_happened(monkeypatch: Any) -> None:
    def made(job: Job, user: Any) -> list[Link]:
        return [Link("Download", "/the/file/", prominent=True)]

    monkeypatch.setattr("tasks_app.admin.jobs.page.job_links", [made])
    page = person(VIEW).get(page_of(a_job())).content.decode()
    assert page.count("/the/file/") == 1
    assert page.index("/the/file/") < page.index("What happened")


def test_the_result_as_stored_is_folded_away_and_only_for_who_may_see_all_jobs() -> None:
    client = person("tasks_app.launch_job")
    job = a_job(created_by=user_of(client))
    TaskResult.objects.create(
        task_id=job.pk, result='"sha256"', content_type="application/json", content_encoding="utf-8"
    )
    assert "sha256" not in client.get(page_of(job)).content.decode()
    page = person(VIEW, name="bea").get(page_of(job)).content.decode()
    assert page.index("<details") < page.index("Result as stored") < page.index("sha256")


def test_what_happened_is_told_to_the_second() -> None:
    at = datetime(2026, 11, 22, 10, 5, 7, tzinfo=UTC)
    page = person(VIEW).get(page_of(a_job(created_at=at))).content.decode()
    assert ">22 Nov 2026, 11:05:07</time>" in page


def test_people_watch_what_they_launched_without_seeing_everything() -> None:
    client = person("tasks_app.launch_job")
    mine = a_job(State.FAILED, created_by=user_of(client), error="The mailbox is full.")
    JobAttempt.objects.create(
        job=mine, number=1, outcome="failed", traceback="File 1", ended_at=timezone.now()
    )
    page = client.get(page_of(mine)).content.decode()
    assert "The mailbox is full." in page
    assert "File 1" not in page
    assert client.get(live_of(mine)).status_code == 200
    somebody = User.objects.create_user("bea")
    for job in (a_job(), a_job(created_by=somebody)):
        assert client.get(page_of(job)).status_code == 403
        assert client.get(live_of(job)).status_code == 403


def test_a_job_that_was_pruned_is_not_found() -> None:
    assert person(VIEW).get("/admin/tasks_app/job/gone/change/").status_code == 404
