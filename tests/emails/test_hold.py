"""The account takes nothing: everything waits, one email asks, and nothing is lost or used up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.emails import hold
from backoffice.emails.compose import compose
from backoffice.emails.deliver import submit, submit_unsaved
from backoffice.emails.errors import HoldAll, advice
from backoffice.models import EmailTemplate, Message, MessageState, Recipient, SendingHold
from tasks_app.models import Job, State
from tasks_app.tasks import envoi_email
from tests.emails import stub
from tests.emails.jobs import is_state, message_of, until, wake
from tests.emails.stub import MailStub

PAUSED = stub.error("SendingPausedException")


def begin(ago: timedelta = timedelta()) -> None:
    hold.begin(HoldAll("", code="SendingPausedException", detail="No more today."))
    SendingHold.objects.update(probe_at=timezone.now() + hold.PROBE_EVERY - ago)


def held_after(runs: int) -> Callable[[Job], bool]:
    return lambda job: job.state == State.WAITING and job.error_class == "HoldAll" and job.runs == runs


@pytest.mark.stack
def test_all_emails_wait_one_asks_and_the_first_that_gets_through_wakes_the_others(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    ses_worker.answer = PAUSED
    asker = until(envoi_email.delay(recipient.pk).id, held_after(1))
    other = until(envoi_email.delay(recipient.pk).id, held_after(1))
    assert len(ses_worker.requests) == 1, "a held email asked the mail service"
    for waiting in (asker, other):
        assert waiting.retries == 0
        assert not waiting.attempts.exists()
        assert "Nothing is lost" in waiting.error
        assert message_of(waiting).state == MessageState.QUEUED

    hold.probe_now()
    wake(asker)
    until(asker.pk, held_after(2))
    assert len(ses_worker.requests) == 2
    assert SendingHold.objects.get().probe_at > timezone.now()

    ses_worker.answer = stub.accept
    hold.probe_now()
    wake(asker)
    for waiting in (asker, other):
        assert message_of(until(waiting.pk, is_state(State.SUCCEEDED))).state == MessageState.SENT
    assert not SendingHold.objects.exists()


def test_while_emails_are_held_nothing_is_asked(mail_stub: MailStub, message: Message) -> None:
    begin()
    with pytest.raises(HoldAll) as held:
        submit(message)
    assert not held.value.asked
    assert mail_stub.requests == []
    message.refresh_from_db()
    assert (message.state, message.attempt) == (MessageState.QUEUED, 0)


def test_when_the_interval_is_over_one_email_asks(
    mail_stub: MailStub, message: Message, recipient: Recipient
) -> None:
    begin(ago=hold.PROBE_EVERY)
    mail_stub.answer = PAUSED
    with pytest.raises(HoldAll) as asked:
        submit(message)
    assert asked.value.asked
    with pytest.raises(HoldAll):
        submit(compose(recipient.pk, None, "job-2"))
    assert len(mail_stub.requests) == 1
    assert "Said by the stub" in SendingHold.objects.get().reason


def test_a_probe_that_is_accepted_lifts_the_hold(mail_stub: MailStub, message: Message) -> None:
    begin(ago=hold.PROBE_EVERY)
    assert submit(message).lifted_hold
    assert not SendingHold.objects.exists()


def test_the_hold_remembers_when_it_began(db: None) -> None:
    begin()
    since = SendingHold.objects.get().since
    begin()
    assert SendingHold.objects.get().since == since


def test_who_asked_sleeps_until_the_next_question_and_the_others_longer_and_apart() -> None:
    assert hold.delay(HoldAll("", code="AccessDenied")) == hold.PROBE_EVERY
    others = {hold.delay(HoldAll("")) for _ in range(20)}
    assert len(others) == 20
    assert min(others) > hold.PROBE_EVERY


def test_security_mail_waits_as_any_other_and_is_written_anew_when_it_goes(
    db: None, mail_stub: MailStub
) -> None:
    def security() -> Message:
        return Message.objects.create(to="a@example.org", sender="b@example.org", subject="x", security=True)

    asking, held = security(), security()
    mail_stub.answer = PAUSED
    for message in (asking, held):
        with pytest.raises(HoldAll):
            submit_unsaved(message, b"Subject: x")
        message.refresh_from_db()
        assert message.state == MessageState.QUEUED
    assert len(mail_stub.requests) == 1


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        ("ThrottlingException", "Daily message quota exceeded.", "24 hours"),
        ("SendingPausedException", "", "SES console"),
        ("AccessDeniedException", "", "ses:SendEmail"),
        ("ExpiredToken", "", "credentials"),
        ("NoCredentialsError", "", "credentials"),
    ],
)
def test_each_reason_says_what_to_do(code: str, reason: str, words: str) -> None:
    assert words in advice(code, reason)
