"""Django's EMAIL_BACKEND: whatever calls `send_mail` writes Messages to the outbox, one to each recipient.

Each becomes a Message and a job that delivers it, in the caller's transaction: durable as any other job, and
no request waits for the mail service. The text is kept until its retention ends, so what opens an account
goes another way, as links to a new password do (`send_password_link` in tasks_app/account_tasks.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.mime.base import MIMEBase
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.emails.addresses import envelope
from backoffice.emails.attachments import File, attach, keep
from backoffice.emails.compose import SUBJECT_LENGTH
from backoffice.emails.text import clean, cut, one_line
from backoffice.models import Message
from tasks_app.tasks import launch_delivery


class OutboxEmailBackend(BaseEmailBackend):
    """Writes to the outbox. Raises Refused on an address that is none, before anything is written."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many of the mails were taken, as Django counts them."""
        taken = [mail for mail in email_messages if mail.recipients()]
        with transaction.atomic():
            for mail in taken:
                write(mail)
        return len(taken)


def write(mail: EmailMessage) -> None:
    """A Message for each address of To, Cc and Bcc, each with the job that delivers it."""
    for to in mail.recipients():
        attachments = keep(files_of(mail))
        message = Message.objects.create(
            text=clean(str(mail.body)) if mail.content_subtype != "html" else _("This message is HTML only."),
            html=clean(html_of(mail)),
            headers=shown_headers(mail),
            **common(mail, to),
        )
        attach(message, attachments)
        launch_delivery(message)


def common(mail: EmailMessage, to: str) -> dict[str, Any]:
    return {
        "to": envelope(to),
        "sender": one_line(mail.from_email),
        "subject": cut(one_line(str(mail.subject)), SUBJECT_LENGTH),
    }


def shown_headers(mail: EmailMessage) -> dict[str, str]:
    """What the reader sees of the addresses, and the caller's own headers; Bcc is seen by nobody."""
    shown = {"To": ", ".join(mail.to), "Cc": ", ".join(mail.cc), "Reply-To": ", ".join(mail.reply_to)}
    own = {name: str(value) for name, value in mail.extra_headers.items()}
    return {name: clean(value) for name, value in (shown | own).items() if value}


def html_of(mail: EmailMessage) -> str:
    if mail.content_subtype == "html":
        return str(mail.body)
    alternatives = mail.alternatives if isinstance(mail, EmailMultiAlternatives) else []
    return next((str(content) for content, kind in alternatives if kind == "text/html"), "")


def files_of(mail: EmailMessage) -> Iterator[File]:
    """Attachments in each form Django takes them: a MIME part, or (name, content, type)."""
    for one in mail.attachments:
        if isinstance(one, MIMEBase):
            payload = one.get_payload(decode=True)
            yield File(
                one.get_filename() or "",
                one.get_content_type(),
                payload if isinstance(payload, bytes) else one.as_bytes(),
            )
            continue
        name, content, kind = one
        raw = content.encode() if isinstance(content, str) else bytes(content)
        yield File(name or _("attachment"), kind or "application/octet-stream", raw)
