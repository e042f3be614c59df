"""Cancelling with a reason: one job, a selection, all that match; the counts of the dialog add up."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from tasks_app import control
from tasks_app.admin.jobs import cancelling
from tasks_app.desk_tasks import NotAllowed, cancel_jobs
from tasks_app.ledger.cancelled_run import end_as_asked, why_by_force
from tasks_app.models import AuditItem, Job, State
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.worker.result_writer import tell_that_cancelled
from tests.guard.test_selections import ALL, JOBS, read
from tests.pages.work import a_job, person, user_of

pytestmark = pytest.mark.django_db

VIEW, CANCEL = "tasks_app.view_job", "tasks_app.cancel_job"
REASON = "Wrong <b>list</b>"


def url(job: Job) -> str:
    return reverse("admin:tasks_app_job_cancel", args=[job.pk])


def page_of(client: Client, job: Job) -> str:
    return " ".join(
        unescape(client.get(reverse("admin:tasks_app_job_change", args=[job.pk])).content.decode()).split()
    )


# --- One job ---------------------------------------------------------------------------------------


def test_the_reason_of_a_waiting_job_is_on_its_page_and_in_the_log(broker: Any) -> None:
    job, client = a_job(State.WAITING), person(VIEW, CANCEL)
    client.post(url(job), {"reason": f"  {REASON} "})
    assert f"Cancelled by ada before it started: {REASON}" in page_of(client, job)
    assert LogEntry.objects.get().get_change_message() == f"Cancelled: {REASON}"
    job.refresh_from_db()
    with override("fr"):
        assert REASON in job.said
        assert "Cancelled by" not in job.said


def test_a_running_job_says_who_asked_and_why_and_so_does_its_end(broker: Any) -> None:
    job, client = a_job(State.RUNNING), person(VIEW, CANCEL)
    client.post(url(job), {"reason": REASON})
    asked = f"ada asked it to stop: {REASON}"
    assert asked in page_of(client, job)
    assert asked in str(why_by_force(job.pk))
    assert "stopped by force" in str(why_by_force(job.pk))
    assert end_as_asked(job.pk, "t", None, tell_that_cancelled)
    job.refresh_from_db()
    assert (job.state, job.said) == (State.CANCELLED, asked)


def test_a_job_that_was_asked_before_is_not_offered_the_same_again() -> None:
    job, client = a_job(State.RUNNING), person(VIEW, CANCEL)
    client.post(url(job), {"reason": "First"})
    for method in ("get", "post"):
        said = getattr(client, method)(url(job), follow=True).content.decode()
        assert "It was asked to stop before" in unescape(said)
    assert LogEntry.objects.count() == 1
    job.refresh_from_db()
    assert "First" in job.said


def test_one_that_is_asked_between_dialog_and_click_says_so() -> None:
    job = a_job(State.RUNNING)
    stale = Job.objects.get(pk=job.pk)
    by = User.objects.create(username="bea")
    given: dict[str, Any] = {"by": by, "tell_cancelled": tell_that_cancelled}
    assert control.cancel(job, **given) == "asked"
    assert control.cancel(stale, **given) == "asked_before"
    Job.objects.update(state=State.SUCCEEDED)
    assert control.cancel(stale, **given) == "final"


@pytest.mark.parametrize("reason", ["x" * (REASON_LENGTH + 1), "x" * 10_000])
def test_a_reason_that_is_too_long_is_told_and_nothing_is_done(reason: str) -> None:
    job = a_job(State.WAITING)
    answer = person(VIEW, CANCEL).post(url(job), {"reason": reason})
    assert "at most 500" in answer.content.decode()
    job.refresh_from_db()
    assert job.state == State.WAITING
    with pytest.raises(ValueError, match="Shorten it"):
        control.cancel(job, by=None, reason=reason, tell_cancelled=tell_that_cancelled)


@pytest.mark.parametrize("reason", ["", "   ", "\0", "é" * REASON_LENGTH])
def test_any_other_reason_is_kept_or_none_is(reason: str, broker: Any) -> None:
    job = a_job(State.WAITING)
    person(VIEW, CANCEL).post(url(job), {"reason": reason})
    job.refresh_from_db()
    if job.state == State.CANCELLED:
        assert reason.strip(" \0") in job.said


# --- A selection -----------------------------------------------------------------------------------


def asked(client: Client, query: str, **more: str) -> tuple[str, dict[str, list[str]]]:
    job = Job.objects.first()
    assert job is not None
    sent = ALL | {"action": "cancel_selected", "_selected_action": [job.pk]} | more
    return read(client.post(f"{JOBS}?{query}", sent))


def of_each_class() -> None:
    for state, count in ((State.WAITING, 30), (State.RUNNING, 4), (State.FAILED, 5)):
        for _ in range(count):
            a_job(state, queue="low")
    for _ in range(2):
        a_job(State.RUNNING, queue="low", cancel_asked_at=timezone.now())


def test_the_dialog_counts_by_state_and_the_counts_add_up(broker: Any) -> None:
    of_each_class()
    client = person(VIEW, CANCEL)
    dialog, sent = asked(client, "queue=low")
    assert "Cancel 34 jobs?" in dialog
    counts = re.findall(r"(at once|asked to stop|before|has ended): (\d+)", dialog)
    assert [int(count) for _what, count in counts] == [30, 4, 2, 5]
    said = client.post(f"{JOBS}?queue=low", sent | {"reason": REASON}, follow=True).content.decode()
    assert "Cancelled: 30. Asked to stop: 4." in said
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == f"Cancelled 34 jobs: {REASON}"
    items = [item.change_message for item in AuditItem.objects.filter(entry=entry)]
    assert len(items) == 34
    assert all("Wrong" in item for item in items)
    assert Job.objects.filter(state=State.CANCELLED, error__contains=REASON).count() == 30


def test_a_reason_too_long_shows_the_dialog_again_with_what_was_written() -> None:
    of_each_class()
    client = person(VIEW, CANCEL)
    _dialog, sent = asked(client, "queue=low")
    page = client.post(f"{JOBS}?queue=low", sent | {"reason": "y" * 501}).content.decode()
    assert "at most 500" in page
    assert "y" * 501 in page
    assert not LogEntry.objects.exists()


# --- More than a click takes -------------------------------------------------------------------------


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, broker: Any) -> Client:
    monkeypatch.setattr(cancelling, "IN_A_CLICK", 10)
    of_each_class()
    a_job(State.WAITING, queue="high")
    return person(VIEW, CANCEL)


def launched(client: Client) -> Job:
    _dialog, sent = asked(client, "queue=low")
    for _double_click in range(2):
        client.post(f"{JOBS}?queue=low", sent | {"reason": REASON})
    return Job.objects.get(name=cancel_jobs.name)


def run(job: Job) -> Any:
    return cancel_jobs.apply(kwargs=job.kwargs, task_id=job.pk)


def test_the_click_only_launches_a_job_that_cancels_them_step_by_step(many: Client) -> None:
    job = launched(many)
    late = a_job(State.WAITING, queue="low", created_at=timezone.now())
    assert not Job.objects.filter(state=State.CANCELLED).exists()
    assert job.created_by == user_of(many)
    assert run(job).get() == {"cancelled": 30, "asked": 4}
    assert Job.objects.filter(queue="low", state=State.WAITING).exclude(pk=job.pk).get() == late
    assert Job.objects.filter(queue="high", state=State.WAITING).count() == 1
    assert all(REASON in one.error for one in Job.objects.filter(state=State.CANCELLED))
    [together] = LogEntry.objects.exclude(object_id=job.pk)
    assert together.get_change_message() == f"Cancelled 34 jobs. {REASON}"
    assert AuditItem.objects.filter(entry=together).count() == 34


def test_cut_off_and_run_again_it_goes_on_and_nothing_is_counted_twice(
    many: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks_app.desk_tasks.STEP", 7)
    job, steps, cancel = launched(many), [], control.cancel

    def cut_off(one: Job, **given: Any) -> str:
        steps.append(one.pk)
        if len(steps) == 18:  # in the middle of its third step
            raise ValueError("cut off")
        return cancel(one, **given)

    monkeypatch.setattr(control, "cancel", cut_off)
    run(job)
    assert (
        Job.objects.filter(queue="low", state=State.CANCELLED).count()
        + Job.objects.filter(cancel_asked_at__isnull=False, state=State.RUNNING).exclude(error="").count()
        == 14
    )
    monkeypatch.setattr(control, "cancel", cancel)
    Job.objects.filter(pk=job.pk).update(state=State.WAITING)
    run(job)
    [together] = LogEntry.objects.exclude(object_id=job.pk)
    assert together.get_change_message() == f"Cancelled 34 jobs. {REASON}"
    assert AuditItem.objects.filter(entry=together).values("object_id").distinct().count() == 34


@pytest.mark.parametrize("gone", ["right", "person"])
def test_whoever_may_not_any_more_has_nothing_cancelled(many: Client, gone: str) -> None:
    job = launched(many)
    if gone == "right":
        user_of(many).user_permissions.clear()
    else:
        User.objects.filter(pk=user_of(many).pk).update(is_active=False)
    answer = run(job)
    assert isinstance(answer.result, NotAllowed)
    assert not Job.objects.filter(state=State.CANCELLED).exists()
