"""The first attempt of a job's message writes it, as claimed, in one statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from celery.app.trace import trace_task
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.emails import hold, transport
from backoffice.emails.compose import compose
from backoffice.emails.deliver import Guard, submit, submit_unsaved
from backoffice.emails.errors import HoldAll, Refused, Suppressed, TryAgain
from backoffice.emails.ses_errors import NOT_PERMITTED
from backoffice.models import EmailTemplate, Message, MessageState, Recipient, SendingHold, Suppression
from tasks_app import email_task
from tasks_app.errors import JobLost
from tasks_app.launching import launch
from tasks_app.ledger.hot_sql import held
from tasks_app.models import Job, State
from tasks_app.tasks import envoi_email
from tests.emails import stub
from tests.emails.queued import queued
from tests.emails.stub import MailStub
from tests.engine.deliveries import request_of


@pytest.fixture(autouse=True)
def own_outbox(data_dir: Path, template: EmailTemplate) -> None:
    """Nothing of one test is found by the next."""


@pytest.fixture
def draft(recipient: Recipient) -> Message:
    return compose(recipient.pk, None, "job-1")


def overtaken() -> None:
    raise JobLost


OVERTAKEN = Guard(held("job-1", "its-token"), overtaken)


def test_a_draft_is_no_row_yet(draft: Message) -> None:
    assert draft.is_draft
    assert not Message.objects.exists()


def test_what_was_drafted_is_what_is_written(draft: Message) -> None:
    submit(draft).record()
    written = Message.objects.get()
    for field in Message._meta.concrete_fields:
        if field.attname not in ("state", "transport", "provider_id", "sent_at"):
            assert getattr(written, field.attname) == getattr(draft, field.attname), field.attname
    assert (written.state, written.attempt, written.job_id) == (MessageState.SENT, 1, "job-1")
    assert written.submitted_at is not None
    assert written.sent_at is not None


def test_it_costs_two_statements(recipient: Recipient, django_assert_num_queries: Any) -> None:
    """All that the email is made of, and its message."""
    with django_assert_num_queries(4 if connection.in_atomic_block else 2):  # a savepoint, and its release
        submit(compose(recipient.pk, None, "job-1"))


def test_the_job_ends_in_the_statement_that_says_sent(mail_stub: MailStub, recipient: Recipient) -> None:
    job = launch(envoi_email.name, {"destinataire_id": recipient.pk})
    request = request_of(job, "its-token")  # a call that is eager ends in two: it may be a re-run
    with CaptureQueriesContext(connection) as asked:
        trace_task(envoi_email, job.pk, job.args, job.kwargs, request=request, app=current_app)
    [says_sent] = [one["sql"] for one in asked if "UPDATE backoffice_message" in one["sql"]]
    assert ("UPDATE tasks_app_job" in says_sent) == (connection.vendor == "postgresql")
    assert Message.objects.get().state == MessageState.SENT
    assert Job.objects.get().state == State.SUCCEEDED


@pytest.mark.parametrize("is_written", [False, True])
@pytest.mark.parametrize("opted_out", [False, True])
def test_a_run_that_was_overtaken_while_it_waited_for_its_turn_changes_and_sends_nothing(
    is_written: bool,
    opted_out: bool,
    mail_stub: MailStub,
    recipient: Recipient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def overtake(task: Any) -> None:
        if is_written:
            queued(recipient, task.request.id)
        if opted_out:
            opt_out()
        Job.objects.filter(id=task.request.id).update(token="of another run")

    monkeypatch.setattr(email_task, "await_turn", overtake)
    envoi_email.apply([recipient.pk])
    assert Job.objects.get().state == State.RUNNING
    assert list(Message.objects.values_list("state", flat=True)) == [MessageState.QUEUED] * is_written
    assert mail_stub.requests == []


def test_a_run_that_is_overtaken_while_it_asks_does_not_say_sent(
    recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken_meanwhile(*mail: Any) -> str:
        Job.objects.update(token="of another run")
        return "accepted"

    monkeypatch.setattr(transport, "TRANSPORTS", {"local": overtaken_meanwhile})
    envoi_email.apply([recipient.pk])
    assert Job.objects.get().state == State.RUNNING
    assert Message.objects.get().state == MessageState.SUBMITTING


@pytest.mark.parametrize("all_held", [False, True])
def test_a_run_that_was_overtaken_writes_nothing(all_held: bool, mail_stub: MailStub, draft: Message) -> None:
    if all_held:
        hold_all()
    with pytest.raises(JobLost):
        submit(draft, OVERTAKEN)
    assert not Message.objects.exists()
    assert mail_stub.requests == []


def test_submitting_is_committed_before_the_call(
    transactional_db: None, mail_stub: MailStub, draft: Message
) -> None:
    seen: list[str] = []

    def look(handler: Any) -> None:
        # The stub answers in a thread of its own, so it sees what is committed.
        seen.append(Message.objects.get().state)
        connection.close()
        stub.accept(handler)

    mail_stub.answer = look
    submit(draft)
    assert seen == [MessageState.SUBMITTING]


def test_inside_a_transaction_nothing_is_sent(
    transactional_db: None, mail_stub: MailStub, draft: Message
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        submit(draft)
    assert mail_stub.requests == []


def test_two_runs_that_both_drafted_it_send_once(
    mail_stub: MailStub, draft: Message, recipient: Recipient
) -> None:
    other = compose(recipient.pk, None, "job-1")
    submission = submit(draft)
    submission.record()
    assert submit(other) == submission
    assert len(mail_stub.requests) == 1


def test_what_another_run_wrote_as_queued_meanwhile_is_sent(
    mail_stub: MailStub, recipient: Recipient
) -> None:
    draft, theirs = compose(recipient.pk, None, "job-1"), queued(recipient, "job-1")
    assert submit(draft).message_id == theirs.pk
    assert len(mail_stub.requests) == 1


def test_an_error_leaves_the_message_for_the_next_try(mail_stub: MailStub, draft: Message) -> None:
    mail_stub.answer = stub.error("TooManyRequestsException", 429)
    with pytest.raises(TryAgain):
        submit(draft)
    assert Message.objects.get().state == MessageState.QUEUED


def opt_out() -> None:
    Recipient.objects.update(active=False)


def switch_template_off() -> None:
    EmailTemplate.objects.update(active=False)


def break_template() -> None:
    EmailTemplate.objects.update(text="{{ nobody.knows }}")


@pytest.mark.parametrize("obstacle", [opt_out, switch_template_off, break_template])
def test_what_cannot_be_written_leaves_a_message_without_a_text(
    obstacle: Any, mail_stub: MailStub, recipient: Recipient
) -> None:
    obstacle()
    envoi_email.apply([recipient.pk])
    assert Job.objects.get().error_class == Refused.__name__
    message = Message.objects.get()
    assert (message.was_composed, message.text, message.sent_at) == (False, "", None)
    assert mail_stub.requests == []


@pytest.mark.parametrize("gone", [Recipient, EmailTemplate])
def test_what_went_since_it_was_drafted_is_a_clear_sentence(
    gone: Any,
    transactional_db: None,
    mail_stub: MailStub,
    recipient: Recipient,
    template: EmailTemplate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def submit_too_late(message: Message, *guard: Any, **options: Any) -> Any:
        gone.objects.all().delete()
        return submit(message, *guard, **options)

    monkeypatch.setattr(email_task, "submit", submit_too_late)
    envoi_email.apply([recipient.pk, template.pk])
    assert "does not exist any more" in Job.objects.get().error
    message = Message.objects.get()
    assert (message.state, message.to) == (
        MessageState.FAILED,
        "" if gone is Recipient else "zoe@example.org",
    )
    assert mail_stub.requests == []


def hold_all() -> None:
    hold.begin(NOT_PERMITTED.said("AccessDenied", "No."))


def test_while_all_emails_are_held_it_is_written_as_queued(mail_stub: MailStub, draft: Message) -> None:
    hold_all()
    with pytest.raises(HoldAll):
        submit(draft)
    written = Message.objects.get()
    assert (written.state, written.attempt, written.submitted_at) == (MessageState.QUEUED, 0, None)
    assert mail_stub.requests == []


def test_it_may_be_the_probe_of_a_hold(mail_stub: MailStub, draft: Message) -> None:
    hold_all()
    hold.probe_now()
    assert submit(draft).lifted_hold
    assert not SendingHold.objects.exists()
    assert len(mail_stub.requests) == 1


def test_to_a_suppressed_address_it_is_written_as_suppressed(
    mail_stub: MailStub, recipient: Recipient
) -> None:
    Suppression.objects.create(address="zoe@example.org", reason=Suppression.Reason.BOUNCED)
    Recipient.objects.update(email="Zoe@Example.org")
    with pytest.raises(Suppressed):
        submit(compose(recipient.pk, None, "job-1"))
    written = Message.objects.get()
    assert (written.state, written.attempt, written.submitted_at) == (MessageState.SUPPRESSED, 0, None)
    assert mail_stub.requests == []


def test_what_is_no_mail_fails_and_leaves_a_message_that_says_so(recipient: Recipient, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "not an address"
    envoi_email.apply([recipient.pk])
    message = Message.objects.get(job_id=Job.objects.get().pk)
    assert (message.state, message.attempt, message.submitted_at) == (MessageState.FAILED, 0, None)
    assert "is not an email address" in message.error


def test_a_suppressed_address_is_known_by_its_domain_in_letters_too(recipient: Recipient) -> None:
    Suppression.objects.create(address="zoe@xn--exmple-cua.org", reason="bounced")
    Recipient.objects.filter(pk=recipient.pk).update(email="zoe@exämple.org")
    envoi_email.apply([recipient.pk])
    assert Message.objects.get().state == MessageState.SUPPRESSED


def test_security_mail_is_handed_over_once_however_often_it_is_asked_for(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    def send(*mail: Any) -> str:
        sent.append(mail)
        return "its id"

    monkeypatch.setattr(transport, "TRANSPORTS", {"local": send})
    message = Message.objects.create(security=True, to="zoe@example.org", sender="o@example.org", subject="s")
    for _ in range(2):
        submit_unsaved(message, b"a mail").record()
    assert len(sent) == 1
