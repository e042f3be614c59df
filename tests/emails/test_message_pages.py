"""The pages of messages: found, read as their readers see them, settled by a person."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.emails.deliver import submit
from backoffice.models import Attachment, EmailTemplate, Message, MessageState, Recipient
from tasks_app.admin.common import starts_with
from tasks_app.models import Job, State
from tests.emails import unsent

LIST = "/admin/backoffice/message/"


def page(name: str, message: Message, *more: Any) -> str:
    return reverse(f"admin:backoffice_message_{name}", args=[message.pk, *more])


@pytest.fixture
def sent(message: Message, data_dir: Path) -> Message:
    submit(message).record()
    return Message.objects.get(pk=message.pk)


@pytest.fixture
def unknown(message: Message) -> Message:
    Message.objects.update(state=MessageState.UNKNOWN)
    return Message.objects.get(pk=message.pk)


@pytest.fixture
def browser_of(client: Client, db: None) -> Callable[..., Client]:
    """A browser of somebody who has just these permissions."""

    def sign_in(*codenames: str) -> Client:
        user = User.objects.create_user("p", "p@example.org", "x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return sign_in


# --- The list ------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["zoe@", "ZOE@ex", "Été", "id"])
def test_a_message_is_found_by_the_beginning_of_its_address_or_subject_and_by_its_id(
    term: str, admin_client: Client, message: Message
) -> None:
    other = Message.objects.create(to="other@example.org", sender="x@example.org", subject="Other")
    found = admin_client.get(LIST, {"q": str(message.pk) if term == "id" else term}).content.decode()
    assert str(message.pk) in found
    assert str(other.pk) not in found


def test_the_list_is_filtered_by_state_and_template(admin_client: Client, unknown: Message) -> None:
    assert str(unknown.pk) in admin_client.get(LIST, {"state": "unknown"}).content.decode()
    assert str(unknown.pk) not in admin_client.get(LIST, {"state": "sent"}).content.decode()
    template = {"template": str(unknown.template_id)}
    assert str(unknown.pk) in admin_client.get(LIST, template).content.decode()
    other = EmailTemplate.objects.create(slug="other", name="Other", subject="Other", text="Other.")
    assert str(unknown.pk) not in admin_client.get(LIST, {"template": str(other.pk)}).content.decode()
    assert "It was left out." in admin_client.get(LIST, {"template": "0"}).content.decode()


def test_the_list_counts_to_a_bound_and_reads_no_text(admin_client: Client, message: Message) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        admin_client.get(LIST, {"q": "zoe", "state": "queued"})
    about_messages = [one["sql"] for one in asked if 'FROM "backoffice_message"' in one["sql"]]
    assert about_messages
    for sql in about_messages:
        assert "LIMIT" in sql
        assert "DISTINCT" not in sql
        assert '"backoffice_message"."html"' not in sql


def test_a_search_by_address_reads_an_index(db: None) -> None:
    # Enough rows that a planner would rather use the index.
    Message.objects.bulk_create(
        Message(to=f"p{number}@example.org", sender="x@example.org", subject=f"S {number}")
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # what is left is what an index can serve
    plan = Message.objects.filter(starts_with("to", "p17")).order_by().explain()
    # The index is asked for these addresses, not walked whole.
    assert ("Index Cond" if connection.vendor == "postgresql" else "SEARCH") in plan, plan
    assert "Seq Scan" not in plan


# --- One message ---------------------------------------------------------------------------------


def test_the_page_shows_the_mail_in_a_frame_that_can_do_nothing(admin_client: Client, sent: Message) -> None:
    shown = admin_client.get(page("change", sent)).content.decode()
    assert 'sandbox=""' in shown
    assert "Zoé Ångström &lt;zoe@example.org&gt;" in shown
    frame = admin_client.get(page("html", sent))
    assert "<b>A &amp; B</b>" in frame.content.decode()
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_the_raw_mail_and_its_attachments_are_downloads(admin_client: Client, sent: Message) -> None:
    file = Attachment.objects.create(
        message=sent, name="évil.html", content_type="text/html", content=b"<script>"
    )
    raw = admin_client.get(page("raw", sent))
    assert raw["Content-Disposition"] == f'attachment; filename="{sent.pk}.eml"'
    assert f"X-Outgoing-Id: {sent.pk}".encode() in raw.content
    got = admin_client.get(page("attachment", sent, file.pk))
    assert got.content == b"<script>"
    assert got["Content-Type"] == "application/octet-stream"
    assert "évil.html" in unquote(got["Content-Disposition"])


def test_past_its_retention_there_is_no_text_to_read(admin_client: Client, sent: Message) -> None:
    Message.objects.update(text="", html="", body_pruned_at="2026-01-01T00:00:00Z")
    assert "Its text was removed" in admin_client.get(page("change", sent)).content.decode()
    assert admin_client.get(page("html", sent)).status_code == 404


@pytest.mark.parametrize("name", ["change", "html", "raw"])
def test_who_may_not_see_messages_reads_none(
    name: str, browser_of: Callable[..., Client], sent: Message
) -> None:
    assert browser_of("view_recipient").get(page(name, sent)).status_code == 403


@pytest.mark.parametrize("name", ["change", "html", "raw", "arrived"])
def test_a_message_that_is_none_is_not_found(name: str, admin_client: Client, db: None) -> None:
    assert admin_client.get(f"{LIST}nonsense/{name}/").status_code == 404


# --- Settling ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "becomes", "job_becomes"),
    [
        ("arrived", MessageState.SENT, State.SUCCEEDED),
        ("give_up", MessageState.FAILED, State.FAILED),
        ("send_again", MessageState.FAILED, State.FAILED),
    ],
)
def test_a_person_settles_message_and_job_together(
    name: str, becomes: str, job_becomes: str, admin_client: Client, unknown: Message, transactional_db: None
) -> None:
    job = Job.objects.create(
        id="job-1", name="tasks_app.tasks.envoi_email", queue="high", state=State.UNKNOWN,
        created_at=unknown.created_at,
    )  # fmt: skip
    asked = admin_client.get(page(name, unknown))
    assert str(unknown) in asked.content.decode().replace("&#x27;", "'")
    assert Message.objects.get(pk=unknown.pk).state == MessageState.UNKNOWN, "a GET changed something"
    assert admin_client.post(page(name, unknown)).status_code == 302
    assert Message.objects.get(pk=unknown.pk).state == becomes
    job.refresh_from_db()
    assert job.state == job_becomes
    assert LogEntry.objects.filter(object_id=str(unknown.pk)).exists()
    # Too late for a second opinion.
    admin_client.post(page("arrived", unknown))
    assert Message.objects.get(pk=unknown.pk).state == becomes


def test_send_again_launches_the_new_message(
    admin_client: Client, unknown: Message, transactional_db: None
) -> None:
    admin_client.post(page("send_again", unknown))
    again = Message.objects.get(resend_of=unknown)
    job = Job.objects.get(pk=again.job_id)
    assert job.kwargs == {"message_id": str(again.pk)}
    assert job.created_by is not None


@pytest.mark.parametrize("name", ["arrived", "give_up", "send_again"])
def test_who_only_looks_settles_nothing(
    name: str, browser_of: Callable[..., Client], unknown: Message
) -> None:
    browser = browser_of("view_message")
    assert "It arrived" not in browser.get(page("change", unknown)).content.decode()
    assert browser.post(page(name, unknown)).status_code == 403
    assert Message.objects.get(pk=unknown.pk).state == MessageState.UNKNOWN


# --- What was not sent ------------------------------------------------------------------------------------


def text_of(client: Client, url: str, **query: str) -> str:
    return unescape(client.get(url, query).content.decode())


@pytest.fixture
def refused(transactional_db: None, data_dir: Path, template: EmailTemplate) -> Message:
    """By its job, before there was a text: whom it was to was switched off."""
    return Message.objects.get(job_id=unsent.opted_out().pk)


def test_what_came_to_no_text_is_listed_with_why_and_in_words(
    admin_client: Client, template: EmailTemplate, data_dir: Path
) -> None:
    message = Message.objects.get(job_id=unsent.recipient_deleted().pk)
    listed = text_of(admin_client, LIST, state="failed")
    assert "no known address" in listed
    assert "was deleted" in listed
    assert "email was sent." in listed
    shown = text_of(admin_client, page("change", message))
    assert "It was never written" in shown
    assert "no known address" in shown
    for part in ("html", "raw"):
        assert admin_client.get(page(part, message)).status_code == 404
    assert page("send_again", message) not in shown, "it would fail once more"
    assert reverse("admin:tasks_app_job_correct", args=[message.job_id]) in shown


def test_the_page_of_its_job_links_it(admin_client: Client, refused: Message) -> None:
    shown = text_of(admin_client, reverse("admin:tasks_app_job_change", args=[refused.job_id]))
    assert page("change", refused) in shown


def test_its_page_leads_to_what_can_be_mended(admin_client: Client, refused: Message) -> None:
    shown = text_of(admin_client, page("change", refused))
    for name, number in (("recipient", refused.recipient_id), ("emailtemplate", refused.template_id)):
        assert reverse(f"admin:backoffice_{name}_change", args=[number]) in shown
    assert reverse("admin:tasks_app_job_change", args=[refused.job_id]) in shown


def test_a_refused_message_is_sent_again_by_its_job_once(admin_client: Client, refused: Message) -> None:
    Recipient.objects.update(active=True)
    assert page("send_again", refused) in text_of(admin_client, page("change", refused))
    key = str(uuid4())
    for _click in range(2):
        admin_client.post(page("send_again", refused), {"launch_key": key})
    job = Job.objects.get(rerun_of=refused.job_id)
    unsent.run_launched(job)
    again = Message.objects.get(job_id=job.pk)
    assert (again.state, again.resend_of) == (MessageState.SENT, refused)
    shown = text_of(admin_client, page("change", refused))
    assert page("change", again) in shown
    assert page("send_again", refused) not in shown, "it was sent again already"
    answer = admin_client.post(page("send_again", refused), follow=True)
    assert "sent again already" in unescape(answer.content.decode())
    assert Job.objects.filter(rerun_of=refused.job_id).count() == 1


def test_while_it_is_sent_again_nobody_sends_it_a_third_time(admin_client: Client, refused: Message) -> None:
    admin_client.post(page("send_again", refused))
    answer = admin_client.post(page("send_again", refused), follow=True)
    assert "being sent again already" in unescape(answer.content.decode())
    assert Job.objects.filter(rerun_of=refused.job_id).count() == 1


def test_without_its_job_its_text_is_sent_again_as_it_is(
    admin_client: Client, message: Message, transactional_db: None
) -> None:
    Message.objects.update(state=MessageState.FAILED)
    admin_client.post(page("send_again", message))
    again = Message.objects.get(resend_of=message)
    assert (again.text, again.state) == (message.text, MessageState.QUEUED)
    assert Job.objects.get(pk=again.job_id).kwargs == {"message_id": str(again.pk)}


def test_with_neither_job_nor_text_it_is_not_offered_and_says_why(
    admin_client: Client, refused: Message
) -> None:
    Job.objects.all().delete()
    assert page("send_again", refused) not in text_of(admin_client, page("change", refused))
    answer = admin_client.post(page("send_again", refused), follow=True)
    assert "send a new email" in unescape(answer.content.decode())


def test_who_may_run_no_job_again_sends_nothing_again(
    browser_of: Callable[..., Client], refused: Message
) -> None:
    browser = browser_of("view_message")
    assert page("send_again", refused) not in text_of(browser, page("change", refused))
    assert browser.post(page("send_again", refused)).status_code == 403
    assert not Job.objects.filter(rerun_of=refused.job_id).exists()


def test_a_stopped_message_is_found_by_its_state(
    admin_client: Client, template: EmailTemplate, transactional_db: None
) -> None:
    message = Message.objects.get(job_id=unsent.cancelled_while_it_waited().pk)
    assert str(message.pk) in text_of(admin_client, LIST, state="stopped")
    assert "was cancelled before it was handed over" in text_of(admin_client, page("change", message))
