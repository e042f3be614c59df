"""Every road on which a job that should send an email sends none, driven by what really ends such jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billiard.exceptions import TimeLimitExceeded
from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import BigAutoField
from django.utils import timezone
from kombu.utils.uuid import uuid

from backoffice.models import Attachment, EmailTemplate, Message, MessageState, Recipient, Suppression
from tasks_app.account_tasks import send_password_link
from tasks_app.launching import launch, rerun
from tasks_app.ledger import causes, lost_run
from tasks_app.ledger.message_codec import TOKEN, context_of
from tasks_app.ledger.refused_message import Received, fail_its_job, keep_refused, refused
from tasks_app.models import Job, State
from tasks_app.tasks import deliver_message, envoi_email, launch_delivery
from tasks_app.worker.result_writer import tell_that_lost
from tests.cancelling import cancel


@dataclass(frozen=True)
class Road:
    """How a job is launched and ends, and what its message must say then."""

    go: Callable[[], Job]
    state: MessageState
    cause: str
    is_addressed: bool = True  # whether somebody knows to whom


_addresses = iter(range(10**9))


def somebody(**fields: Any) -> Recipient:
    number = next(_addresses)
    return Recipient.objects.create(**{"email": f"reader{number}@example.org", "name": "Noor"} | fields)


def template(**fields: Any) -> EmailTemplate:
    given = {"slug": f"letter-{next(_addresses)}", "name": "A letter", "subject": "Hello", "text": "Hello."}
    return EmailTemplate.objects.create(**given | fields)


def ran(task: Any, *args: Any, **kwargs: Any) -> Job:
    """The job of a call, run to its end in this process."""
    return Job.objects.get(pk=task.apply(args, kwargs).id)


# --- What is refused before a text --------------------------------------------------------------------


def recipient_deleted() -> Job:
    gone = somebody()
    number = gone.pk
    gone.delete()
    return ran(envoi_email, number)


def opted_out() -> Job:
    return ran(envoi_email, somebody(active=False).pk)


def template_deleted() -> Job:
    gone = template()
    number = gone.pk
    gone.delete()
    return ran(envoi_email, somebody().pk, number)


def template_that_never_was() -> Job:
    return ran(envoi_email, somebody().pk, template().pk + 1)


def template_off() -> Job:
    return ran(envoi_email, somebody().pk, modele_id=template(active=False).pk)


def word_without_value() -> Job:
    return ran(envoi_email, somebody().pk, template(text="{{ nowhere }}").pk)


def no_usable_address() -> Job:
    someone = somebody()
    Recipient.objects.filter(pk=someone.pk).update(email=f"nobody at {someone.pk}")
    return ran(envoi_email, someone.pk)


def suppressed_address() -> Job:
    someone = somebody()
    Suppression.objects.create(address=someone.email, reason=Suppression.Reason.COMPLAINED)
    return ran(envoi_email, someone.pk)


def forged(*given: Any) -> Callable[[], Job]:
    return lambda: ran(envoi_email, *given)


def never_got_to_its_body() -> Job:
    return ran(envoi_email, colour="red")


# --- Messages that were written before ------------------------------------------------------------------


def written(**fields: Any) -> Message:
    given = {"to": "x@example.org", "sender": "us@example.org", "subject": "Hello", "text": "Hello."}
    return Message.objects.create(**given | fields)


def message_deleted() -> Job:
    return ran(deliver_message, uuid())


def message_was_sent() -> Job:
    return ran(deliver_message, str(written(state=MessageState.DELIVERED).pk))


def text_is_not_kept() -> Job:
    return ran(
        deliver_message, str(written(state=MessageState.FAILED, body_pruned_at=timezone.now(), text="").pk)
    )


def attachment_is_gone() -> Job:
    message = written()
    Attachment.objects.create(message=message, name="a.pdf", content_type="x/y", file="attachments/none")
    return ran(deliver_message, str(message.pk))


def message_of_somebody_deleted() -> Job:
    """Written and queued, with the address of then."""
    someone = somebody()
    message = written(recipient=someone, template_name="A letter", to=someone.email)
    someone.delete()
    return ran(deliver_message, str(message.pk))


def failed_message_of_somebody_deleted() -> Job:
    someone = somebody()
    message = written(
        recipient=someone, template_name="A letter", to=someone.email, state=MessageState.FAILED
    )
    someone.delete()
    return ran(deliver_message, str(message.pk))


def opted_out_since() -> Job:
    someone = somebody()
    message = written(recipient=someone, template_name="A letter", to=someone.email)
    order = launch_delivery(message)
    Recipient.objects.filter(pk=someone.pk).update(active=False)
    return run_launched(order)


# --- Security mail --------------------------------------------------------------------------------------


def account(**fields: Any) -> User:
    number = next(_addresses)
    given: dict[str, Any] = {"email": f"a{number}@example.org", "password": "x", "is_staff": True} | fields
    return User.objects.create_user(f"a{number}", **given)


def account_deleted() -> Job:
    return ran(send_password_link, 10**9)


def account_without_password() -> Job:
    return ran(send_password_link, account(password=None).pk)


def account_without_address() -> Job:
    return ran(send_password_link, account(email="").pk)


# --- Ends that no body decides ----------------------------------------------------------------------------


def launched() -> Job:
    return launch(envoi_email.name, {"destinataire_id": somebody().pk})


def run_launched(job: Job) -> Job:
    current_app.tasks[job.name].apply(job.args, job.kwargs, task_id=job.pk, headers=job.message["headers"])
    return Job.objects.get(pk=job.pk)


def again(job: Job) -> Job:
    """As somebody runs it again."""
    return rerun(job, all_the_same=True)


def running(**fields: Any) -> Job:
    job = launched()
    held = {"state": State.RUNNING, "token": "its-token", "runs": 1, "started_at": timezone.now()}
    Job.objects.filter(pk=job.pk).update(**held | fields)
    return Job.objects.get(pk=job.pk)


def request_of(job: Job) -> Any:
    request = context_of(job)
    setattr(request, TOKEN, "its-token")
    return request


def cancelled_while_it_waited() -> Job:
    job = launched()
    assert cancel(job, None) == "cancelled"
    return Job.objects.get(pk=job.pk)


def cancelled_between_two_tries() -> Job:
    """With its text written, as the first try left it."""
    job = launched()
    written(job_id=job.pk)
    cancel(job, None)
    return Job.objects.get(pk=job.pk)


def expired() -> Job:
    job = launched()
    current_app.backend.mark_as_revoked(job.pk, "expired", request=request_of(job))
    return Job.objects.get(pk=job.pk)


def given_up_after_lost_workers() -> Job:
    job = running(deaths=settings.JOB_MAX_DEATHS - 1)
    assert lost_run.lose(job.pk, job.token, causes.WORKER_STOPPED(), tell_that_lost)
    return Job.objects.get(pk=job.pk)


def over_its_time_limit() -> Job:
    job = running()
    current_app.backend.mark_as_failure(job.pk, TimeLimitExceeded(120), request=request_of(job))
    return Job.objects.get(pk=job.pk)


def cut_short_in_the_hands_of_a_run() -> Job:
    """A password link, whose run was killed by its time limit while the mail service was asked."""
    job = launch(send_password_link.name, {"user_id": account().pk})
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, token="its-token", runs=1)
    written(job_id=job.pk, state=MessageState.SUBMITTING, security=True, attempt=1)
    current_app.backend.mark_as_failure(job.pk, TimeLimitExceeded(120), request=request_of(job))
    return Job.objects.get(pk=job.pk)


def its_own_message_is_refused() -> Job:
    job = launched()
    assert fail_its_job(job.pk, refused("high", "It is no message."))
    return Job.objects.get(pk=job.pk)


def foreign_message_is_refused() -> Job:
    return keep_refused(
        Received("high", name=envoi_email.name, job_id=uuid()), refused("high", "Nobody can.")
    )


ROADS: dict[str, Road] = {
    "recipient deleted": Road(recipient_deleted, MessageState.FAILED, "email.recipient_deleted", False),
    "never a recipient": Road(
        forged(BigAutoField.MAX_BIGINT), MessageState.FAILED, "email.recipient_unknown", False
    ),
    "recipient nought": Road(forged(0), MessageState.FAILED, "email.recipient_unknown", False),
    "opted out": Road(opted_out, MessageState.SUPPRESSED, "email.recipient_opted_out"),
    "template deleted": Road(template_deleted, MessageState.FAILED, "template.deleted"),
    "never a template": Road(template_that_never_was, MessageState.FAILED, "template.unknown"),
    "template off": Road(template_off, MessageState.FAILED, "template.switched_off"),
    "word without value": Road(word_without_value, MessageState.FAILED, "template.value_missing"),
    "no usable address": Road(no_usable_address, MessageState.FAILED, "email.address_invalid"),
    "suppressed": Road(suppressed_address, MessageState.SUPPRESSED, "email.address_complained_before"),
    "no number": Road(forged("seven"), MessageState.FAILED, "email.argument_invalid", False),
    "a minus": Road(forged(-3), MessageState.FAILED, "email.argument_invalid", False),
    "digits without end": Road(forged("9" * 5_000), MessageState.FAILED, "email.argument_invalid", False),
    "an empty one": Road(forged(None), MessageState.FAILED, "email.argument_invalid", False),
    "an object": Road(forged({"id": 1}), MessageState.FAILED, "email.argument_invalid", False),
    "no argument": Road(forged(), MessageState.FAILED, "TypeError", False),
    "before its body": Road(never_got_to_its_body, MessageState.FAILED, "TypeError", False),
    "message deleted": Road(message_deleted, MessageState.FAILED, "email.message_deleted", False),
    "message was sent": Road(message_was_sent, MessageState.FAILED, "email.message_not_failed"),
    "text not kept": Road(text_is_not_kept, MessageState.FAILED, "email.text_not_kept"),
    "attachment gone": Road(attachment_is_gone, MessageState.FAILED, "email.attachment_gone"),
    "deleted since": Road(message_of_somebody_deleted, MessageState.FAILED, "email.recipient_gone"),
    "deleted, and again": Road(
        failed_message_of_somebody_deleted, MessageState.FAILED, "email.recipient_gone", False
    ),
    "opted out since": Road(opted_out_since, MessageState.SUPPRESSED, "email.recipient_opted_out"),
    "account deleted": Road(account_deleted, MessageState.FAILED, "password_link.opens_nothing", False),
    "no password": Road(account_without_password, MessageState.FAILED, "password_link.opens_nothing"),
    "account without address": Road(
        account_without_address, MessageState.FAILED, "email.address_invalid", False
    ),
    "cancelled": Road(cancelled_while_it_waited, MessageState.STOPPED, "job.cancelled_before_start_by_code"),
    "cancelled later": Road(
        cancelled_between_two_tries, MessageState.STOPPED, "job.cancelled_before_start_by_code"
    ),
    "expired": Road(expired, MessageState.STOPPED, "job.expired"),
    "workers lost": Road(given_up_after_lost_workers, MessageState.FAILED, "worker.lost"),
    "time limit": Road(over_its_time_limit, MessageState.FAILED, "job.time_limit"),
    "cut short": Road(cut_short_in_the_hands_of_a_run, MessageState.UNKNOWN, "email.handing_over_cut_short"),
    "own message refused": Road(its_own_message_is_refused, MessageState.FAILED, "message.refused"),
    "foreign refused": Road(foreign_message_is_refused, MessageState.FAILED, "message.refused", False),
}
