"""What people did is said in words, on our page and on Django's own, in the language of who reads."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from backoffice.admin import audited
from backoffice.people_lists import importing
from backoffice.subscriptions import causes as of_subscriptions
from tasks_app import desk_tasks
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.audit import changes, system
from tasks_app.clock import ended_pauses
from tasks_app.models import Job, QueueState, State
from tasks_app.notices import Notice, wordings
from tests.pages.rows import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    return make_job(State.FAILED)


def entry(user: Any, thing: Any, what: Notice) -> LogEntry:
    request = RequestFactory().get("/")
    request.user = user
    log_action(request, thing, what)
    return LogEntry.objects.latest("id")


def in_french(client: Client, user: Any, name: str, *args: Any) -> str:
    client.force_login(user)
    answer = client.get(reverse(f"admin:{name}", args=args), headers={"accept-language": "fr"})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_an_entry_is_read_in_each_language(admin_user: Any, job: Job, client: Client) -> None:
    with translation.override("en"):
        entry(admin_user, job, audit_log.RUN_AGAIN(id="6f1d8a52"))
        history = in_french(client, admin_user, "tasks_app_job_history", job.pk)
        page = in_french(client, admin_user, "admin_logentry_changelist")
    for said in (history, page):
        assert "Relancée : tâche 6f1d8a52." in said.replace("\xa0", " ") or "6f1d8a52" in said
        assert "Run again" not in said
        assert "No fields changed" not in said
        assert "Aucun champ modifié" not in said


def test_django_s_own_rendering_says_it(admin_user: Any, job: Job) -> None:
    """History pages, recent actions and the text of an entry all ask the same function."""
    made = entry(admin_user, job, audit_log.SETTLED(state="failed", note="No paper."))
    again = LogEntry.objects.get(pk=made.pk)
    assert again.get_change_message() == "Settled as failed. No paper."
    assert "Settled as failed" in str(again)


def test_entries_of_django_and_of_older_versions_are_read_as_before(admin_user: Any, job: Job) -> None:
    kind = ContentType.objects.get_for_model(Job)

    def said(message: str) -> str:
        return LogEntry.objects.create(
            user=admin_user, content_type=kind, object_id=job.pk, object_repr="x", action_flag=CHANGE,
            change_message=message,
        ).get_change_message()  # fmt: skip

    assert said("Paused by hand.") == "Paused by hand."
    assert said(json.dumps([{"changed": {"fields": ["Name"]}}])) == "Changed Name."
    assert said("[]") == "No fields changed."
    assert said("[1, 2") == "[1, 2"


@pytest.mark.parametrize("broken", ['[{"notice": 3}]', '[{"notice": {"code": "x.y"}}]', '[{"notice": {}}]'])
def test_a_broken_entry_breaks_no_page(admin_user: Any, broken: str) -> None:
    assert audit_log.read(broken) == []


def test_several_things_in_one_entry_are_said_together(admin_user: Any, job: Job) -> None:
    both = [json.loads(audit_log.written(what))[0] for what in (audit_log.PAUSED(), audit_log.SCHEDULE_ON())]
    made = entry(admin_user, job, audit_log.PAUSED())
    made.change_message = json.dumps(both)
    assert made.get_change_message() == "Paused. Switched on."


def test_a_code_of_a_newer_version_is_named(admin_user: Any, job: Job) -> None:
    assert "audit.flown" in entry(admin_user, job, Notice("audit.flown", {})).get_change_message()


def test_a_click_leaves_a_code(admin_user: Any, client: Client) -> None:
    """By the page itself, as the other actions do."""
    QueueState.objects.create(name="low")
    client.force_login(admin_user)
    client.post(
        reverse("admin:queue_pause", args=["low"]), {"answer": "yes"}, headers={"accept-language": "fr"}
    )
    [what] = audit_log.read(LogEntry.objects.get().change_message)
    assert what == audit_log.PAUSED()


def test_what_the_audit_log_says_has_a_code_of_its_own() -> None:
    declared = {one.code for one in wordings() if one.code.startswith("audit.")}
    modules = (audit_log, audited, changes, importing, desk_tasks, ended_pauses, system, of_subscriptions)
    named = {
        value.code for module in modules for value in vars(module).values() if hasattr(value, "parameters")
    }
    assert declared == {code for code in named if code.startswith("audit.")}
