"""What becomes of a message nobody knows about: decided by a lost run's traces, or by a person."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from backoffice.emails import causes
from backoffice.emails.causes import because
from backoffice.emails.compose import resend
from backoffice.emails.errors import Refused
from backoffice.models import Message, MessageState
from tasks_app.models import Job


def may_run_again(job_id: str) -> bool:
    """Whether a job whose worker died can simply run again.

    Yes where no message was written, it is still queued, or what became of it is recorded (the next
    run finds that). No where it was being handed over: it becomes unknown, and a person decides.
    """
    message = Message.objects.of_job(job_id).first()
    if message is None:
        return True
    overtaken = (
        Message.objects.filter(pk=message.pk)
        .held_by(message.attempt)
        .update(state=MessageState.UNKNOWN, error_class="WorkerLost", **because(causes.CUT_SHORT()))
    )
    return not overtaken and message.state != MessageState.UNKNOWN


def arrived(message: Message) -> bool:
    """A person learnt that it was sent: unknown → sent. False when it was settled before."""
    return bool(
        Message.objects.unknown()
        .filter(pk=message.pk)
        .update(state=MessageState.SENT, sent_at=message.submitted_at or timezone.now(), error="")
    )


def send_again(message: Message) -> Message:
    """A person decided that it did not arrive: unknown → failed, and a new message, linked, is queued.

    Raises Refused when it was settled before, or when its text is not kept.
    """
    with transaction.atomic():
        given_up = (
            Message.objects.unknown()
            .filter(pk=message.pk)
            .update(state=MessageState.FAILED, **because(causes.SENT_ANEW()))
        )
        if not given_up:
            raise Refused(causes.SETTLED_BEFORE())
        return resend(message)


def give_up(message: Message) -> bool:
    """A person decided that it did not arrive and is not to be sent again. False when settled before."""
    return bool(
        Message.objects.unknown()
        .filter(pk=message.pk)
        .update(state=MessageState.FAILED, **because(causes.DID_NOT_ARRIVE()))
    )


def close_orphans() -> int:
    """Close messages that no job carries any more (pruned, or ended by an older version); how many.

    Their job ended elsewhere, so nobody will send them: the page must not go on saying "queued". One that was
    being handed over then is of unknown outcome.
    """
    carried = Job.objects.unfinished().filter(pk=OuterRef("job_id"))
    an_hour_ago = timezone.now() - timedelta(hours=1)
    orphans = Message.objects.filter(~Exists(carried), created_at__lt=an_hour_ago, mailing=None)
    abandoned, cut_short = because(causes.ABANDONED()), because(causes.CUT_SHORT())
    # Those of a mailing wait for it; one call of it lasts no hour.
    of_mailings = Message.objects.submitting().filter(mailing__isnull=False, submitted_at__lt=an_hour_ago)
    of_mailings.update(state=MessageState.UNKNOWN, error_class="WorkerLost", **cut_short)
    return orphans.queued().update(
        state=MessageState.FAILED, error_class="Abandoned", **abandoned
    ) + orphans.submitting().update(state=MessageState.UNKNOWN, error_class="WorkerLost", **cut_short)
