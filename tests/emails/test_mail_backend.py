"""What Django's own mail functions send: the same outbox, and no request waits for the mail service."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import transaction

from backoffice.emails.attachments import content_of
from backoffice.emails.errors import Refused
from backoffice.models import Message
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
