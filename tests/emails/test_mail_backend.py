"""What Django's own mail functions send: the same outbox; of security mail no text is kept."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from backoffice.emails.attachments import content_of
from backoffice.emails.errors import Refused
from backoffice.models import Message, MessageState
from projet.mail import SECURITY_HEADER
from tasks_app.models import Job, State


@pytest.fixture(autouse=True)
def outbox(settings: Any, data_dir: Path) -> Path:
    """pytest-django puts its own backend in place of the project's; these tests are of the project's."""
    settings.EMAIL_BACKEND = "projet.mail.OutboxEmailBackend"
    return Path(settings.OUTBOX_DIR)


def mails(outbox: Path) -> list[Any]:
    return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in outbox.glob("*.eml")]


def test_a_mail_becomes_a_message_and_a_job_for_each_recipient(transactional_db: None) -> None:
    sent = EmailMultiAlternatives(
        "Été", "Bonjour", "us@example.org", ["Zoé <a@example.org>", "b@example.org"], ["spy@example.org"],
        cc=["c@example.org"], reply_to=["r@example.org"], headers={"X-Note": "n"},
    )  # fmt: skip
    sent.attach_alternative("<p>Bonjour</p>", "text/html")
    sent.attach("été.txt", "données", "text/plain")
    assert sent.send() == 1
    written = {one.to: one for one in Message.objects.all()}
    assert written.keys() == {"a@example.org", "b@example.org", "c@example.org", "spy@example.org"}
    one = written["spy@example.org"]
    assert (one.subject, one.text, one.html) == ("Été", "Bonjour", "<p>Bonjour</p>")
    assert one.headers["To"] == "Zoé <a@example.org>, b@example.org"
    assert "spy" not in str(one.headers)
    [file] = one.attachments.all()
    assert (file.name, content_of(file)) == ("été.txt", "données".encode())
    job = Job.objects.get(pk=one.job_id)
    assert (job.kwargs, job.queue, job.about) == ({"message_id": str(one.pk)}, "high", "spy@example.org")
    assert job.state == State.WAITING


def test_a_rolled_back_mail_leaves_nothing(transactional_db: None) -> None:
    with transaction.atomic():
        send_mail("s", "t", None, ["a@example.org"])
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert not Job.objects.exists()


def test_an_injected_address_is_refused_before_anything_is_written(transactional_db: None) -> None:
    with pytest.raises(Refused):
        send_mail("s", "t", None, ["a@example.org", "b@example.org\nBcc: spy@example.org"])
    assert not Message.objects.exists()


# --- Security mail ------------------------------------------------------------------------------


@pytest.fixture
def person(transactional_db: None) -> User:
    return User.objects.create_user("stella", "stella@example.org", "old-password-7", is_staff=True)


def test_a_password_is_reset_from_the_login_page_to_the_new_password(
    person: User, client: Client, outbox: Path
) -> None:
    asking = reverse("admin_password_reset")
    assert asking in client.get(reverse("admin:login")).content.decode()
    assert client.get(asking).status_code == 200
    answer = client.post(asking, {"email": "stella@example.org"}, follow=True)
    assert "If an account has this address" in answer.content.decode()

    [sent] = mails(outbox)
    assert sent["To"] == "stella@example.org"
    [link] = re.findall(r"http://testserver(/\S+)", sent.get_content())
    page = client.get(link, follow=True)
    answer = client.post(
        page.redirect_chain[-1][0],
        {"new_password1": "a-new-Password-7", "new_password2": "a-new-Password-7"},
        follow=True,
    )
    assert "Sign in" in answer.content.decode()
    client.post(reverse("admin:login"), {"username": "stella", "password": "a-new-Password-7"})
    assert client.get(reverse("admin:index")).status_code == 200
    again = client.get(link, follow=True)
    assert "used already or is too old" in again.content.decode()


def test_no_text_of_a_password_reset_is_kept_or_shown(
    person: User, client: Client, admin_client: Client, outbox: Path
) -> None:
    client.post(reverse("admin_password_reset"), {"email": "stella@example.org"})
    message = Message.objects.get()
    assert (message.security, message.state, message.text, message.html) == (True, MessageState.SENT, "", "")
    assert not message.attachments.exists()
    assert not Job.objects.exists(), "a job's arguments would keep it"
    assert message.job_id == ""
    [sent] = mails(outbox)
    [token] = re.findall(r"/password-reset/\S+/(\S+)/", sent.get_content())
    for row in (Message, Job, User):
        assert all(token not in str(vars(one)) for one in row.objects.all())
    page = admin_client.get(reverse("admin:backoffice_message_change", args=[message.pk])).content.decode()
    assert "Security mail" in page
    assert "iframe" not in page
    for part in ("html", "raw"):
        hidden = reverse(f"admin:backoffice_message_{part}", args=[message.pk])
        assert admin_client.get(hidden).status_code == 404


@pytest.mark.parametrize("email", ["nobody@example.org", "customer@example.org"])
def test_nobody_but_staff_gets_a_link_and_the_page_tells_no_difference(
    email: str, person: User, client: Client, outbox: Path
) -> None:
    User.objects.create_user("customer", "customer@example.org", "x-Password-7")
    answers = [client.post(reverse("admin_password_reset"), {"email": one}) for one in (email, person.email)]
    assert len({(one.status_code, one["Location"]) for one in answers}) == 1
    assert [one.to for one in Message.objects.all()] == ["stella@example.org"]


def test_a_failed_security_mail_says_so_and_is_not_tried_again(
    person: User, client: Client, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings.OUTBOX_DIR = tmp_path / "file" / "outbox"
    assert client.post(reverse("admin_password_reset"), {"email": person.email}).status_code == 302
    message = Message.objects.get()
    assert (message.state, message.error_class) == (MessageState.FAILED, "TryAgain")


def test_security_mail_leaves_only_when_its_transaction_commits(transactional_db: None, outbox: Path) -> None:
    marked = mail.EmailMessage("s", "secret", None, ["a@example.org"], headers={SECURITY_HEADER: "yes"})
    with transaction.atomic():
        marked.send()
        assert mails(outbox) == []
    [sent] = mails(outbox)
    assert SECURITY_HEADER not in sent
