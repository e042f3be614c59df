"""The page of the audit log: by person, thing, action, day and words; what is exported, and that it was."""

from __future__ import annotations

import csv
import io
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.admin import audit_export, audit_filters, audited
from backoffice.admin.audit_filters import ACTIONS
from tasks_app.admin import audit_log
from tasks_app.audit.changes import CHANGED
from tasks_app.audit.entries import FIRST_OF_CODE, written
from tasks_app.audit.recording import Line, record
from tasks_app.audit.system import record_of_system
from tasks_app.models import Job, Node, QueueState, State
from tasks_app.notices import Notice
from tasks_app.notices.notice import wordings
from tests.pages.work import a_job, person, user_of

pytestmark = pytest.mark.django_db

# What stands within an entry, or after what was done: no entry begins with it.
NEVER_FIRST = ("audit.field_", "audit.from_shell")

LIST, EXPORT = reverse("admin:admin_logentry_changelist"), reverse("admin:admin_logentry_export")
VIEW = "admin.view_logentry"


@pytest.fixture
def client() -> Client:
    return person(VIEW, "tasks_app.view_job", "tasks_app.view_queuestate")


def enter(client: Client, what: Notice, name: str, thing: Any = None) -> LogEntry:
    return record(user_of(client).pk, Line(thing or QueueState(name=name), name, what))


def shown(client: Client, **query: Any) -> set[str]:
    """The names that the list shows, of those that a test entered."""
    page = unescape(client.get(LIST, query).content.decode())
    return {name for name in LogEntry.objects.values_list("object_repr", flat=True) if name and name in page}


def test_entries_are_found_by_what_was_done(client: Client) -> None:
    job = a_job(State.WAITING)
    enter(client, audit_log.LAUNCHED(), "one-launched", job)
    enter(client, audit_log.CANCELLED_BECAUSE(reason="Why"), "one-cancelled", job)
    enter(client, audit_log.ASKED_TO_STOP(), "one-asked", job)
    enter(client, audit_log.PAUSED(), "one-paused")
    enter(client, audit_log.RESUMED(), "one-resumed")
    enter(client, audited.DOWNLOADED(file="a.pdf"), "one-taken")
    enter(client, CHANGED(fields=["Name"]), "one-changed")
    enter(client, audit_log.BATCH_STOPPED(), "one-stopped")
    enter(client, audit_log.CAUSES_IGNORED(count=2), "two-ignored")
    enter(client, audit_log.ALERT_TESTED(), "one-tested")
    assert shown(client, done="cancelled") == {"one-cancelled", "one-asked"}
    assert shown(client, done="paused") == {"one-paused", "one-resumed"}
    assert shown(client, done=["taken", "changed"]) == {"one-taken", "one-changed"}
    assert shown(client, done="batches") == {"one-stopped"}
    assert shown(client, done="causes") == {"two-ignored"}
    assert shown(client, done="alerts") == {"one-tested"}
    assert len(shown(client, done="nonsense")) == 10


def test_entries_are_found_by_their_sort_of_thing_and_by_person(client: Client) -> None:
    enter(client, audit_log.LAUNCHED(), "a-job", a_job())
    enter(client, audit_log.PAUSED(), "a-queue")
    enter(client, audit_log.WORKER_TO_GO_ON(), "a-worker", Node(name="w@host"))
    record_of_system(Line(QueueState(name="other"), "other-queue", audit_log.RESUMED()))
    for model, names in ((Job, {"a-job"}), (QueueState, {"a-queue", "other-queue"}), (Node, {"a-worker"})):
        assert shown(client, thing=ContentType.objects.get_for_model(model).pk) == names
    assert "other-queue" not in shown(client, user__id__exact=user_of(client).pk)
    assert "the system" in client.get(LIST).content.decode()


@pytest.mark.parametrize("words", ["mail service", "SERVICE is d", "panne électrique", 'says "no"'])
def test_entries_are_found_by_words_of_why(client: Client, words: str) -> None:
    for reason in ("The mail service is down", "panne électrique", 'It says "no"'):
        enter(client, audit_log.PAUSED_BECAUSE(reason=reason), reason[:8])
    assert len(shown(client, q=words)) == 1


def test_words_are_looked_for_in_the_latest_entries_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_filters, "WORDS_LOOKED_THROUGH", 2)
    for number in range(4):
        enter(client, audit_log.PAUSED_BECAUSE(reason="the very reason"), f"entry-{number}")
    assert shown(client, q="very reason") == {"entry-2", "entry-3"}


def test_each_code_that_an_entry_begins_with_is_of_one_action() -> None:
    codes = [one.code for one in wordings() if one.code.startswith("audit.")]
    for code in codes:
        found = [name for name, (_label, begins) in ACTIONS.items() if code.startswith(begins)]
        assert len(found) == (0 if code.startswith(NEVER_FIRST) else 1), (code, found)
    for begin in (*NEVER_FIRST, *(begin for _label, begins in ACTIONS.values() for begin in begins)):
        assert any(code.startswith(begin) for code in codes), begin
    assert written(audit_log.PAUSED()).startswith(FIRST_OF_CODE % "audit.queue_paused")


def test_the_index_that_actions_are_found_by_is_asked(client: Client) -> None:
    enter(client, audit_log.PAUSED(), "one")
    with CaptureQueriesContext(connection) as captured:
        client.get(LIST, {"done": "paused"})
    asked = [
        one["sql"] for one in captured if "django_admin_log" in one["sql"] and "audit.queue_" in one["sql"]
    ]
    assert asked
    begins = 'COLLATE "C"' if connection.vendor == "postgresql" else "SUBSTR("
    assert all(begins in sql for sql in asked)


def test_a_deleted_thing_keeps_its_name(client: Client) -> None:
    job = a_job()
    enter(client, audit_log.LAUNCHED(), "job_of_then about", job)
    job.delete()
    assert "job_of_then about (deleted)" in unescape(client.get(LIST).content.decode())


# --- Export ------------------------------------------------------------------------------------------


def rows_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_export_is_what_the_list_shows_and_is_itself_recorded(client: Client) -> None:
    enter(client, audit_log.PAUSED_BECAUSE(reason="=cmd()"), "=low")
    enter(client, audit_log.RESUMED(), "high")
    enter(client, audit_log.LAUNCHED(), "a-job", a_job())
    dialog = client.get(EXPORT, {"done": "paused"}).content.decode()
    assert "Export 2 entries?" in dialog
    assert LogEntry.objects.count() == 3
    heads, *rows = rows_of(client.post(f"{EXPORT}?done=paused", {"confirmed": "yes"}))
    assert heads[0] == "when"
    assert [(row[2], row[5], row[7]) for row in rows] == [
        ("ada", "'=low (deleted)", "Paused: =cmd()"),
        ("ada", "high (deleted)", "Resumed."),
    ]
    entry = LogEntry.objects.order_by("-pk")[0]
    assert entry.get_change_message() == "Exported 2 rows. Filters: done=paused"
    things = {shown.thing.text: shown.thing.url for shown in client.get(LIST).context["cl"].result_list}
    assert things["Audit log"] == LIST


def test_too_much_for_a_file_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_export, "MOST", 2)
    for number in range(3):
        enter(client, audit_log.PAUSED(), f"entry-{number}")
    answer = client.post(EXPORT, {"confirmed": "yes"})
    assert "Narrow the list first" in answer.content.decode()
    assert LogEntry.objects.count() == 3


def test_an_export_with_a_filter_that_is_none_leads_back(client: Client) -> None:
    answer = client.get(EXPORT, {"action_time_from": "nonsense"})
    assert answer.status_code in (200, 302)
    assert not LogEntry.objects.exists()


def test_it_needs_the_right_to_see_the_log() -> None:
    assert person("tasks_app.view_job").post(EXPORT, {"confirmed": "yes"}).status_code == 403
    assert not LogEntry.objects.exists()
    assert User.objects.count() == 1
