"""All that match: the dialog says how many, what becomes of them and what is left out, and it acts on all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from backoffice.models import Recipient
from projet.admin_site.guard import pages
from tasks_app.admin import selection
from tasks_app.admin.jobs import cancelling, rerun_many
from tasks_app.models import Job, State
from tests.pages.rows import make_schedule
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

JOBS = "/admin/tasks_app/job/"
ALL = {"index": "0", "select_across": "1"}


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("superuser")


def asked(client: Client, url: str, action: str, *ticked: Any) -> tuple[str, dict[str, list[str]]]:
    """The dialog's text, and what its button sends."""
    answer = client.post(url, ALL | {"action": action, "_selected_action": [str(one.pk) for one in ticked]})
    assert answer.status_code == 200
    return read(answer)


def read(answer: Any) -> tuple[str, dict[str, list[str]]]:
    page = answer.content.decode()
    dialog = page[page.index('id="dialog"') :]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', dialog):
        sent.setdefault(name, []).append(unescape(value))
    sent.pop("csrfmiddlewaretoken", None)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", dialog)).split()), sent


def test_all_that_match_are_cancelled_and_no_others(client: Client) -> None:
    waiting = [a_job(State.WAITING, queue="high") for _ in range(120)]
    other, done = a_job(State.WAITING, queue="default"), a_job(State.FAILED, queue="high")
    dialog, sent = asked(client, f"{JOBS}?queue=high", "cancel_selected", waiting[0])
    assert "Cancel 120 jobs?" in dialog
    assert "… and 100 others" in dialog
    assert "it has ended" in dialog
    late = a_job(State.WAITING, queue="high", created_at=timezone.now() + timedelta(seconds=1))
    answer = client.post(f"{JOBS}?queue=high", sent, follow=True)
    assert "Cancelled: 120." in unescape(answer.content.decode())
    states = dict(Job.objects.values_list("pk", "state"))
    assert {states[job.pk] for job in waiting} == {State.CANCELLED}
    assert states[other.pk] == states[late.pk] == State.WAITING
    assert states[done.pk] == State.FAILED
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Cancelled 120 jobs."]


def test_all_that_match_run_again_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rerun_many, "SCREENFUL", 100)  # of more a batch is begun
    failed = [a_job(State.FAILED) for _ in range(60)]
    a_job(State.SUCCEEDED)
    dialog, sent = asked(client, f"{JOBS}?state=failed", "run_selected_again", failed[0])
    assert "Run 60 jobs again?" in dialog
    for _twice in range(2):
        client.post(f"{JOBS}?state=failed", sent)
    assert Job.objects.filter(rerun_of__in=failed).count() == 60
    assert Job.objects.exclude(rerun_of=None).count() == 60


def test_what_ended_after_the_question_is_left_alone_and_said(client: Client) -> None:
    first, running = a_job(State.FAILED), a_job(State.RUNNING)
    dialog, sent = asked(client, JOBS, "run_selected_again", first)
    assert "Run 1 job again?" in dialog
    assert "it has not ended" in dialog
    Job.objects.filter(pk=running.pk).update(state=State.FAILED, ended_at=timezone.now())
    answer = client.post(JOBS, sent, follow=True)
    assert "it ended after you asked: 1" in unescape(answer.content.decode())
    assert [job.rerun_of_id for job in Job.objects.exclude(rerun_of=None)] == [first.pk]


def test_more_than_are_counted_are_done_all_the_same(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "COUNTED_ROWS", 50)
    monkeypatch.setattr(cancelling, "COUNTED_ROWS", 50)
    monkeypatch.setattr(selection, "BATCH", 20)
    waiting = [a_job(State.WAITING) for _ in range(130)]
    dialog, sent = asked(client, JOBS, "cancel_selected", waiting[0])
    assert "Cancel more than 50 jobs?" in dialog
    client.post(JOBS, sent)
    assert Job.objects.filter(state=State.CANCELLED).count() == 130


def test_a_click_ends_in_time_and_the_dialog_goes_on_where_it_stopped(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "BATCH", 10)
    failed = [a_job(State.FAILED) for _ in range(35)]
    _dialog, sent = asked(client, JOBS, "run_selected_again", failed[0])
    monkeypatch.setattr(selection, "PATIENCE", -1.0)
    clicks = 0
    while sent:
        answer = client.post(JOBS, sent)
        clicks += 1
        assert Job.objects.exclude(rerun_of=None).count() == min(10 * clicks, 35)
        dialog, sent = read(answer) if answer.status_code == 200 else ("", {})
        assert not sent or "Go on with the rest?" in dialog
    assert clicks == 5 or Job.objects.filter(rerun_of__in=failed).count() == 35


def test_all_schedules_that_match_are_switched_as_they_were_shown(client: Client) -> None:
    schedules = [make_schedule() for _ in range(60)]
    url = "/admin/django_celery_beat/periodictask/"
    dialog, sent = asked(client, url, "switch_off", schedules[0])
    assert "Switch 60 schedules off?" in dialog
    late = make_schedule()
    client.post(url, sent)
    assert [row.pk for row in PeriodicTask.objects.filter(enabled=True)] == [late.pk]


def test_an_action_of_one_statement_takes_no_more_than_it_can(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 3)
    people = [Recipient.objects.create(email=f"p{n}@example.org", name="P") for n in range(5)]
    sent = ALL | {"action": "delete_selected", "_selected_action": str(people[0].pk)}
    answer = client.post("/admin/backoffice/recipient/", sent | {"post": "yes"}, follow=True)
    assert "this takes 3 at once" in answer.content.decode()
    assert Recipient.objects.count() == 5


def test_who_may_not_run_again_chooses_all_in_vain(signed_in: Callable[[str], Client]) -> None:
    failed = a_job(State.FAILED)
    sent = ALL | {"action": "run_selected_again", "_selected_action": failed.pk, "launch_key": "x"}
    assert signed_in("Staff").post(JOBS, sent).status_code in (200, 302, 403)
    assert Job.objects.count() == 1
