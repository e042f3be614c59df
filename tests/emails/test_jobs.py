"""Emails sent by a real worker: the job and its message end together, and SES is asked at most once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from tasks_app import control
from tasks_app.catalogue import Arguments, find, kind_of
from tasks_app.clock.recovery import recover
from tasks_app.errors import InvalidArguments
from tasks_app.ledger.new_job import build_job
from tasks_app.models import Job, State
from tasks_app.tasks import deliver_message, envoi_email, launch_delivery
from tests.emails import stub
from tests.emails.jobs import is_state, message_of, until, wake
from tests.emails.queued import queued
from tests.emails.stub import MailStub


@pytest.mark.stack
def test_an_email_is_sent_and_says_so_with_the_jobs_end(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    sent = envoi_email.delay(recipient.pk)
    job = until(sent.id, is_state(State.SUCCEEDED))
    message = message_of(job)
    assert sent.get(timeout=60) == {"status": "ok", "message": str(message.pk)}
    assert (message.state, message.provider_id, message.transport) == (MessageState.SENT, "stub-1", "ses")
    assert (job.about, job.queue) == ("zoe@example.org", "high")
    assert len(ses_worker.requests) == 1
    assert str(message.pk).encode() in ses_worker.raw()


@pytest.mark.stack
def test_a_throttled_email_waits_between_half_and_the_whole_backoff(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    ses_worker.answer = stub.error("TooManyRequestsException", 429)
    job = until(envoi_email.delay(recipient.pk).id, is_state(State.WAITING, retries=1))
    assert message_of(job).state == MessageState.QUEUED
    assert "more slowly" in job.error
    assert job.available_at is not None
    planned = job.available_at - job.attempts.get().ended_at
    assert timedelta(seconds=29) < planned < timedelta(seconds=61)
    ses_worker.answer = stub.accept
    wake(job)
    assert message_of(until(job.pk, is_state(State.SUCCEEDED, retries=1))).attempt == 2


@pytest.mark.stack
def test_after_five_retries_job_and_message_have_failed(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    ses_worker.answer = stub.error("TooManyRequestsException", 429)
    sent = envoi_email.delay(recipient.pk)
    for retry in range(1, 6):
        wake(until(sent.id, is_state(State.WAITING, retry)))
    job = until(sent.id, is_state(State.FAILED, 5))
    assert message_of(job).state == MessageState.FAILED
    assert len(ses_worker.requests) == 6


@pytest.mark.stack
def test_a_refused_email_fails_at_once_with_the_services_words(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    ses_worker.answer = stub.error("MessageRejected", message="Address is not verified.")
    job = until(envoi_email.delay(recipient.pk).id, is_state(State.FAILED))
    assert "refused this message" in job.error
    assert "Address is not verified" in job.error
    assert message_of(job).state == MessageState.FAILED


@pytest.mark.stack
def test_an_ambiguous_answer_makes_job_and_message_unknown_and_is_never_resent(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    ses_worker.answer = stub.hang_up
    job = until(envoi_email.delay(recipient.pk).id, is_state(State.UNKNOWN))
    assert message_of(job).state == MessageState.UNKNOWN
    recover(timezone.now() + timedelta(days=1))
    assert Job.objects.get(pk=job.pk).state == State.UNKNOWN
    assert len(ses_worker.requests) == 1


@pytest.mark.parametrize(("word", "becomes"), [("succeeded", "sent"), ("failed", "failed")])
def test_what_a_person_says_of_an_unknown_job_is_said_of_its_message(
    db: None, recipient: Recipient, template: EmailTemplate, admin_user: Any, word: str, becomes: str
) -> None:
    job = build_job(envoi_email.name, [recipient.pk])
    job.state = State.UNKNOWN
    job.save()
    queued(recipient, job.pk)
    Message.objects.update(state="unknown")
    assert control.settle(job, State(word), by=admin_user)
    assert message_of(job).state == becomes


@pytest.mark.stack
def test_a_recipient_deleted_while_the_email_waits_is_a_failed_job_with_a_sentence(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    ses_worker.answer = stub.error("TooManyRequestsException", 429)
    waiting = until(envoi_email.delay(recipient.pk).id, is_state(State.WAITING, 1))
    recipient.delete()
    wake(waiting)
    job = until(waiting.pk, is_state(State.FAILED, 1))
    assert "deleted while this email waited" in job.error
    assert message_of(job).state == MessageState.FAILED
    assert len(ses_worker.requests) == 1


@pytest.mark.stack
def test_arguments_that_are_none_fail_with_a_sentence_and_the_worker_lives(ses_worker: MailStub) -> None:
    for sent in (envoi_email.delay("seven"), deliver_message.delay("seven"), envoi_email.delay(7, "x")):
        job = until(sent.id, is_state(State.FAILED))
        assert job.error_class.endswith("Refused"), job.error
    assert ses_worker.requests == []


@pytest.mark.stack
def test_a_message_sent_again_is_delivered_by_a_job_of_its_own(
    ses_worker: MailStub, message: Message
) -> None:
    Message.objects.update(job_id="")
    job = until(launch_delivery(message).pk, is_state(State.SUCCEEDED))
    assert message_of(job).state == MessageState.SENT
    assert job.about == "zoe@example.org"


# --- The declaration -----------------------------------------------------------------------------


def test_the_form_asks_for_the_arguments_of_the_task(recipient: Recipient, template: EmailTemplate) -> None:
    send = find("envoi_email")
    assert send.clean({"destinataire_id": recipient.pk}) == {
        "destinataire_id": recipient.pk,
        "modele_id": template.pk,
    }


@pytest.mark.parametrize("given", ["", "x", 10**6, -1])
def test_a_recipient_that_is_none_is_said_in_a_sentence(given: Any, template: EmailTemplate) -> None:
    with pytest.raises(InvalidArguments) as caught:
        find("envoi_email").clean({"destinataire_id": given})
    assert caught.value.errors.keys() == {"destinataire_id"}


def test_somebody_who_opted_out_cannot_be_chosen(recipient: Recipient, template: EmailTemplate) -> None:
    Recipient.objects.update(active=False)
    with pytest.raises(InvalidArguments, match="no more emails"):
        find("envoi_email").clean({"destinataire_id": recipient.pk})


def to_oneself(arguments: Arguments, person: Any) -> Arguments:
    trial = find("envoi_email").kind.trial
    assert trial is not None
    return trial(arguments, person)


def test_a_test_goes_to_the_person_who_asks(template: EmailTemplate, django_user_model: Any) -> None:
    person = django_user_model(username="s", email="Stella@example.org", first_name="Stella")
    arguments = to_oneself({"destinataire_id": 1, "modele_id": template.pk}, person)
    to = Recipient.objects.get(pk=arguments["destinataire_id"])
    assert (to.email, arguments["modele_id"]) == ("Stella@example.org", template.pk)
    assert to_oneself(arguments, person) == arguments, "a second test made a second recipient"
    assert to.for_tests
    with pytest.raises(InvalidArguments, match="test address"):
        find("envoi_email").clean({"destinataire_id": to.pk})


def test_a_recipient_who_asks_for_a_test_stays_a_recipient(
    recipient: Recipient, django_user_model: Any
) -> None:
    to_oneself({}, django_user_model(username="z", email=recipient.email))
    recipient.refresh_from_db()
    assert not recipient.for_tests


def test_a_test_needs_an_address(template: EmailTemplate, django_user_model: Any) -> None:
    with pytest.raises(ValidationError, match="no email address"):
        to_oneself({"destinataire_id": 1}, django_user_model(username="s"))


@pytest.mark.django_db
def test_delivering_is_not_offered_on_the_launch_page() -> None:
    kind = kind_of("tasks_app.tasks.deliver_message")
    assert kind is not None
    assert not kind.listed
