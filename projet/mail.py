"""Django's EMAIL_BACKEND: whatever calls `send_mail` writes Messages to the outbox, one to each recipient.

Ordinary mail becomes a Message and a job that delivers it, in the caller's transaction: durable as any
other job. Security mail (password resets: whoever reads one can take the account) takes another road:

- its row keeps address, subject and outcome, never a body; no page shows more than that;
- its text exists only in the memory of the request that asked for it, and is handed to the transport
  once, right after that request's transaction commits;
- nothing can be tried again without the text: when the transport fails the row says so, and the person
  asks for another link.

A mail is security mail when it says so in the header `SECURITY_HEADER` (which never leaves the house),
as `PasswordResetForm` below makes Django's do.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from email.mime.base import MIMEBase
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm as DjangoPasswordResetForm
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template import loader
from django.utils.translation import gettext as _

from backoffice.emails.addresses import envelope
from backoffice.emails.attachments import File, attach, keep
from backoffice.emails.compose import SUBJECT_LENGTH
from backoffice.emails.deliver import submit_unsaved
from backoffice.emails.errors import SendError
from backoffice.emails.mime import Mail, build
from backoffice.emails.text import clean, cut, one_line
from backoffice.models import Message
from tasks_app.tasks import launch_delivery

logger = logging.getLogger(__name__)

SECURITY_HEADER = "X-Security-Mail"


class OutboxEmailBackend(BaseEmailBackend):
    """Writes to the outbox. Raises Refused on an address that is none, before anything is written."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many of the mails were taken, as Django counts them."""
        taken = [mail for mail in email_messages if mail.recipients()]
        with transaction.atomic():
            for mail in taken:
                if SECURITY_HEADER in mail.extra_headers:
                    write_security(mail)
                else:
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


def write_security(mail: EmailMessage) -> None:
    """A row without a body for each address; the text is handed over once the transaction commits."""
    for to in mail.recipients():
        message = Message.objects.create(security=True, **common(mail, to))
        shown = Mail(
            message_id=str(message.pk),
            sender=message.sender,
            to=", ".join(mail.to),
            subject=message.subject,
            text=str(mail.body),
            html=html_of(mail),
            files=list(files_of(mail)),
            headers=shown_headers(mail),
        )
        transaction.on_commit(partial(deliver_security, message, build(shown)))


def deliver_security(message: Message, mime: bytes) -> None:
    """Hand it over now. A failure is told to row and log only: an answer would say which addresses exist."""
    try:
        submit_unsaved(message, mime)
    except SendError as error:
        logger.warning("Security mail %s was not sent: %s", message.pk, error)


def common(mail: EmailMessage, to: str) -> dict[str, Any]:
    return {
        "to": envelope(to),
        "sender": one_line(mail.from_email),
        "subject": cut(one_line(str(mail.subject)), SUBJECT_LENGTH),
    }


def shown_headers(mail: EmailMessage) -> dict[str, str]:
    """What the reader sees of the addresses, and the caller's own headers; Bcc is seen by nobody."""
    shown = {"To": ", ".join(mail.to), "Cc": ", ".join(mail.cc), "Reply-To": ", ".join(mail.reply_to)}
    own = {name: str(value) for name, value in mail.extra_headers.items() if name != SECURITY_HEADER}
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


class PasswordResetForm(DjangoPasswordResetForm):
    """Django's, whose mail says that it is security mail."""

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Render the mail as Django does and hand it to the backend, marked."""
        user = context["user"]
        is_staff = isinstance(user, AbstractBaseUser) and getattr(user, "is_staff", False)
        if not is_staff or not settings.PASSWORD_SIGN_IN:
            return  # it would open nothing: only staff can sign in here, and by password where it is on
        mail = EmailMultiAlternatives(
            one_line(loader.render_to_string(subject_template_name, context)),
            loader.render_to_string(email_template_name, context),
            from_email,
            [to_email],
            headers={SECURITY_HEADER: "yes"},
        )
        mail.send()
