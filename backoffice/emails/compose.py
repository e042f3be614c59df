"""A template and a recipient become one message, once per job."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction

from backoffice.emails import causes
from backoffice.emails.addresses import address, envelope
from backoffice.emails.attachments import attach, files_of, keep
from backoffice.emails.audience import row_number, welcome
from backoffice.emails.bodies import filled
from backoffice.emails.errors import Refused
from backoffice.emails.hot_sql import ingredients
from backoffice.emails.render import refuse_holes, render, source_of, words_for
from backoffice.emails.text import cut, one_line
from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from backoffice.models.message_states import NOT_SENT
from backoffice.opting_out.links import has_opted_out
from tasks_app.db.given_keys import was_given

SUBJECT_LENGTH = 500  # characters, as Message.subject; mail readers show far fewer


def compose(recipient_id: int, template_id: int | None, job_id: str) -> Message:
    """The message of this job: as it was written, or else a draft, which `deliver.submit` writes.

    Nothing is changed here. Raises Refused when recipient or template are gone, the recipient opted out,
    or the template does not render.
    """
    chosen = settings.DEFAULT_EMAIL_TEMPLATE if template_id is None else row_number(template_id)
    found = ingredients(row_number(recipient_id), chosen, job_id)
    if found.is_written:
        message = Message.objects.of_job(job_id).get()
        if message.state == MessageState.QUEUED:
            welcome(found.recipient, recipient_id)
        return message
    recipient, template = welcome(found.recipient, recipient_id), usable(found.template, template_id)
    written = draft(recipient, template, found.values, job_id)
    written.resend_of_id = found.repeats
    return written


def usable(template: EmailTemplate | None, template_id: int | None) -> EmailTemplate:
    """The template that was looked for with this id, or as the default one; raises Refused where it does not
    exist or is switched off."""
    if template is None and template_id is None:
        raise Refused(causes.NO_DEFAULT_TEMPLATE(slug=settings.DEFAULT_EMAIL_TEMPLATE))
    if template is None:
        was_there = was_given(EmailTemplate, row_number(template_id))
        raise Refused((causes.TEMPLATE_DELETED if was_there else causes.TEMPLATE_UNKNOWN)(id=template_id))
    if not template.active:
        raise Refused(causes.TEMPLATE_OFF(template=template))
    return template


def security_message(job_id: str, to: str, subject: str) -> Message:
    """The one message of a job whose text is written anew by each run, and kept nowhere.

    One that an earlier run was handing over when it was lost is queued again: its mail is another one.
    """
    first = {
        "security": True,
        "to": envelope(to),
        "sender": one_line(settings.DEFAULT_FROM_EMAIL),
        "subject": cut(one_line(subject), SUBJECT_LENGTH),
    }
    message, _made = Message.objects.get_or_create(job_id=job_id, defaults=first)
    if Message.objects.filter(pk=message.pk).held_by(message.attempt).update(state=MessageState.QUEUED):
        message.state = MessageState.QUEUED
    return message


def message_for(message_id: UUID | str, job_id: str) -> Message:
    """The message that this job delivers: its own, one that no job has yet, or one not sent, said anew.

    Raises Refused when it does not exist, is not one that may be sent again, or its recipient went or opted
    out meanwhile.
    """
    message = Message.objects.of_job(job_id).first() or _taken(message_id, job_id)
    if message.state == MessageState.QUEUED:
        _still_welcome(message)
    return message


def _taken(message_id: UUID | str, job_id: str) -> Message:
    """The message that becomes this job's; raises Refused as `message_for` does."""
    message = Message.objects.with_id(message_id).first()
    if message is None:
        raise Refused(causes.MESSAGE_DELETED())
    # One of a mailing is its mailing's to send.
    if Message.objects.queued().filter(pk=message.pk, job_id="", mailing=None).update(job_id=job_id):
        message.job_id = job_id
        return message
    if message.state in NOT_SENT:
        _still_welcome(message)
        return resend(message, job_id)
    raise Refused(causes.MESSAGE_NOT_FAILED(state=MessageState(message.state).label))


def _still_welcome(message: Message) -> None:
    """Raises Refused where it was written to somebody who was deleted, opted out or unsubscribed since."""
    if has_opted_out(message.headers):
        raise Refused(causes.UNSUBSCRIBED())
    if message.lost_its_recipient:
        raise Refused(causes.RECIPIENT_GONE())
    if message.recipient_id is not None:
        welcome(message.recipient, message.recipient_id)


def resend(message: Message, job_id: str = "") -> Message:
    """A new message that says the same to the same address, linked by `resend_of`.

    Raises Refused where the body is not kept any more: there is nothing left to send. And TryAgain or
    StorageRefused, while the storage does not give or take an attachment.
    """
    if not message.has_body:
        raise Refused(causes.TEXT_NOT_KEPT())
    message = filled(message)
    copies = keep(files_of(message))
    with transaction.atomic():
        again = Message.objects.create(
            recipient=message.recipient,
            template=message.template,
            template_name=message.template_name,
            to=message.to,
            sender=message.sender,
            subject=message.subject,
            text=message.text,
            html=message.html,
            headers=message.headers,
            job_id=job_id,
            resend_of=message,
        )
        attach(again, copies)
    return again


def draft(recipient: Recipient, template: EmailTemplate, values: dict[str, str], job_id: str) -> Message:
    """The message to this recipient, rendered and not saved; raises Refused as `compose` does."""
    source = source_of(template)
    refuse_holes(source, values)
    rendered = render(source, words_for(recipient, values))
    return Message(
        recipient=recipient,
        template=template,
        template_name=template.name,
        to=envelope(recipient.email),
        sender=settings.DEFAULT_FROM_EMAIL,
        subject=cut(rendered.subject, SUBJECT_LENGTH),
        text=rendered.text,
        html=rendered.html,
        headers={"To": str(address(recipient.email, recipient.name)), "Content-Language": recipient.language},
        job_id=job_id,
    )
