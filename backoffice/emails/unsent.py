"""The message of a job that should have sent an email and ended without: why nothing was sent, and to whom.

Each such job has one, written here where no attempt wrote it before. It says what is known of the email now:
an address that was deleted with its recipient is not brought back, and there is no text to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.emails import causes
from backoffice.emails.audience import row_of
from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from tasks_app.models import Job, State
from tasks_app.notices import Notice
from tasks_app.subject import arguments_of

# Not our failure: the person asked for no emails, or the address is one that we do not write to.
DECIDED = frozenset(
    wording.code
    for wording in (
        causes.RECIPIENT_OPTED_OUT,
        causes.UNSUBSCRIBED,
        causes.ADDRESS_BOUNCED,
        causes.ADDRESS_COMPLAINED,
    )
)

# An unsaved Message with what a job's arguments tell of its email.
type Known = Callable[[Mapping[str, Any]], Message]


def leave_message(job: Job, why: Notice, known: Known) -> None:
    """See that the ended job has its one message, and that it says why nothing was sent."""
    end = _end_of(job, why)
    if not Message.objects.of_job(job.pk).exists():
        message = known(arguments_of(job))
        for name, value in end.items():
            setattr(message, name, value)
        message.job_id, message.body_pruned_at = job.pk, timezone.now()
        message.resend_of = message.resend_of or of_earlier_job(job)
        # Where a run that lost the job wrote it this very moment, its row is the one.
        Message.objects.bulk_create([message], ignore_conflicts=True)
    its_message = Message.objects.of_job(job.pk)
    # In the hands of a run that is gone: nobody knows how far it came.
    its_message.submitting().update(state=MessageState.UNKNOWN, **_because(job, causes.CUT_SHORT()))
    its_message.queued().update(**end)


def of_earlier_job(job: Job) -> Message | None:
    """What the job came to that this one repeats."""
    return Message.objects.of_job(job.rerun_of_id).first() if job.rerun_of_id else None


def _end_of(job: Job, why: Notice) -> dict[str, Any]:
    """The columns of a message that was not handed over, by how its job ended."""
    if job.state == State.UNKNOWN:
        state = MessageState.UNKNOWN
    elif job.state == State.CANCELLED:
        state = MessageState.STOPPED
    else:
        state = MessageState.SUPPRESSED if why.code in DECIDED else MessageState.FAILED
    return {"state": state, **_because(job, why)}


def _because(job: Job, why: Notice) -> dict[str, Any]:
    error_class = "" if job.state == State.CANCELLED else job.error_class
    return {"error_class": error_class, **causes.because(why)}


# --- What is known of an email, by the arguments of its job -----------------------------------------


def of_template(recipient_id: Any, template_id: Any) -> Message:
    """From a template: to the address that its recipient has now, where there still is one."""
    recipient = row_of(Recipient.objects.all(), recipient_id)
    template = (
        EmailTemplate.objects.default().first()
        if template_id is None
        else row_of(EmailTemplate.objects.all(), template_id)
    )
    return Message(
        recipient=recipient,
        to=recipient.email if recipient else "",
        template=template,
        template_name=template.name if template else "",
    )


def of_message(message_id: Any) -> Message:
    """One that is written already, or was sent by another job; nothing is said of a recipient who is gone."""
    first = Message.objects.with_id(message_id).select_related("recipient", "template").first()
    if first is None:
        return Message()
    return Message(
        recipient=first.recipient,
        to="" if first.lost_its_recipient else first.to,
        template=first.template,
        template_name=first.template_name,
        subject=first.subject,
        security=first.security,
        resend_of=first,
    )


def of_account(user_id: Any) -> Message:
    """Security mail to somebody who signs in here."""
    user = row_of(User.objects.all(), user_id)
    return Message(security=True, to=user.email if user else "")
