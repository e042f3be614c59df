"""Every job that should send an email leaves one message, whatever became of it; the sums of both agree."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import send_mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.books import sending_tasks, without_message
from backoffice.emails.settle import close_orphans
from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from backoffice.models.message_states import ACCEPTED, NOT_SENT, OPEN, WHOLE, count
from backoffice.reports.mail_counts import Mail
from backoffice.reports.periods import Moving, resolve
from tasks_app import email_task
from tasks_app.ledger import unsuccessful
from tasks_app.models import Job, State
from tasks_app.tasks import deliver_message, envoi_email
from tests.emails import stub, unsent
from tests.emails.jobs import is_state, until
from tests.emails.stub import MailStub
from tests.emails.unsent import ROADS, Road

# What the job's own end says of its email, and no more than that.
ALLOWED = {
    State.SUCCEEDED: ACCEPTED,
    State.FAILED: NOT_SENT | OPEN,  # open: of a run that was cut short while it asked
    State.CANCELLED: {MessageState.STOPPED},
    State.UNKNOWN: OPEN,
}


@pytest.fixture(autouse=True)
def own_outbox(data_dir: Path, template: EmailTemplate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of one test is found by the next; none waits for a turn, which is a second without Redis."""
    monkeypatch.setattr(email_task, "await_turn", lambda task: None)


@pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)
def test_a_job_that_sends_nothing_leaves_one_message_that_says_why(road: Road, mail_stub: MailStub) -> None:
    job = road.go()
    message = Message.objects.get(job_id=job.pk)
    assert (message.state, message.cause and message.cause.split("@")[0].rpartition(":")[2]) == (
        road.state,
        road.cause,
    )
    assert message.said
    assert bool(message.to) is road.is_addressed
    assert mail_stub.requests == []


@pytest.mark.parametrize("road", ["recipient deleted", "deleted, and again", "account deleted"])
def test_an_address_that_was_deleted_is_nowhere_in_the_message(road: str, mail_stub: MailStub) -> None:
    message = Message.objects.filter(job_id=ROADS[road].go().pk).values().get()
    assert "@" not in str(message)


@pytest.mark.parametrize("road", ["account deleted", "no password", "account without address", "cut short"])
def test_refused_security_mail_is_marked_so_and_has_no_body(road: str, mail_stub: MailStub) -> None:
    message = Message.objects.get(job_id=ROADS[road].go().pk)
    assert message.security
    assert not message.has_body
    if road != "cut short":
        assert (message.text, message.html, message.subject, message.headers) == ("", "", "", {})


def test_a_message_without_an_address_says_so_in_words(mail_stub: MailStub) -> None:
    message = Message.objects.get(job_id=unsent.recipient_deleted().pk)
    assert message.addressee == "no known address"
    assert "no known address" in str(message)


def test_the_last_of_its_retries_says_why_in_the_message_that_the_first_wrote(
    mail_stub: MailStub, recipient: Recipient
) -> None:
    mail_stub.answer = stub.error("TooManyRequestsException", 429)
    job = unsent.ran(envoi_email, recipient.pk)
    message = Message.objects.get()
    assert (job.state, message.state, message.attempt) == (State.FAILED, MessageState.FAILED, 6)
    assert message.cause == job.cause


def test_whoever_opts_out_between_two_tries_is_suppressed(recipient: Recipient, mail_stub: MailStub) -> None:
    job = unsent.launched()
    message = unsent.written(job_id=job.pk)
    Recipient.objects.filter(pk=job.kwargs["destinataire_id"]).update(active=False)
    unsent.run_launched(job)
    message.refresh_from_db()
    assert (message.state, message.cause) == (MessageState.SUPPRESSED, "email.recipient_opted_out")


def test_a_job_that_was_run_again_links_its_message_to_the_first(
    recipient: Recipient, mail_stub: MailStub
) -> None:
    """Whether it then sends, or fails once more."""
    Recipient.objects.update(active=False)
    first = unsent.ran(envoi_email, recipient.pk)
    second = unsent.run_launched(unsent.again(first))
    Recipient.objects.update(active=True)
    third = unsent.run_launched(unsent.again(second))
    of = {job.pk: Message.objects.get(job_id=job.pk) for job in (first, second, third)}
    assert of[first.pk].resend_of is None
    assert of[second.pk].resend_of == of[first.pk]
    assert of[third.pk].resend_of == of[second.pk]
    assert of[third.pk].state == MessageState.SENT


def test_a_refused_message_is_delivered_anew_once_its_cause_is_gone(mail_stub: MailStub) -> None:
    first = unsent.opted_out_since()
    Recipient.objects.update(active=True)
    again = unsent.run_launched(unsent.again(first))
    message = Message.objects.get(job_id=again.pk)
    assert (again.state, message.state) == (State.SUCCEEDED, MessageState.SENT)
    assert message.resend_of is not None
    assert message.resend_of.state == MessageState.SUPPRESSED


def test_a_kind_that_cannot_write_its_message_does_not_keep_its_job_from_ending(
    mail_stub: MailStub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise LookupError

    kind = unsuccessful.kind_of(envoi_email.name)
    assert kind is not None
    assert kind.when_unsuccessful is not None
    monkeypatch.setattr(type(kind.when_unsuccessful), "__call__", broken)
    job = unsent.recipient_deleted()
    assert job.state == State.FAILED
    assert not Message.objects.exists()
    assert list(without_message(Job.objects.all())) == [job]
    assert "leaves besides" in caplog.text


def test_a_message_that_a_lost_run_had_in_hand_is_closed_as_unknown(mail_stub: MailStub) -> None:
    """As an older version left it: its job is gone, and nobody will say more."""
    message = unsent.written(job_id="pruned", state=MessageState.SUBMITTING)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert close_orphans() == 1
    message.refresh_from_db()
    assert message.state == MessageState.UNKNOWN


@pytest.mark.stack
def test_a_real_workers_refusals_leave_their_messages(
    ses_worker: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    sent = [envoi_email.delay(number) for number in (10**9, "seven", 10**30)]
    sent += [deliver_message.delay("nonsense"), envoi_email.delay(recipient.pk, 10**9)]
    for one in sent:
        job = until(one.id, is_state(State.FAILED))
        message = Message.objects.get(job_id=job.pk)
        assert (message.state, message.cause) == (MessageState.FAILED, job.cause)
    assert ses_worker.requests == []


# --- The sums -------------------------------------------------------------------------------------------


def sent_well() -> Job:
    return unsent.ran(envoi_email, unsent.somebody().pk)


def sent_by_django() -> Job:
    send_mail("Hello", "Hello.", None, [unsent.somebody().email])
    return unsent.run_launched(Job.objects.filter(name=deliver_message.name).latest("created_at"))


def run_again() -> Job:
    ended = Job.objects.filter(state=State.FAILED, name__in=sending_tasks()).order_by("?").first()
    return (
        unsent.run_launched(unsent.again(ended))
        if ended and not ended.message.get("received")
        else sent_well()
    )


@pytest.mark.parametrize("seed", range(3))
def test_jobs_that_should_have_sent_are_as_many_as_messages_in_any_mixture(
    seed: int, mail_stub: MailStub, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "projet.mail.OutboxEmailBackend"
    chance = random.Random(seed)
    roads: list[Callable[[], Job]] = [road.go for road in ROADS.values()]
    others = [sent_well, sent_by_django, run_again]
    answers = [stub.accept] * 6 + [
        stub.error("MessageRejected"),
        stub.hang_up,
        stub.error("InternalFailure", 500),
    ]
    for _one in range(60):
        mail_stub.answer = chance.choice(answers)
        chance.choice([*roads, *others * 6])()

    jobs = Job.objects.filter(name__in=sending_tasks()).exclude(state__in=[State.WAITING, State.RUNNING])
    states: Counter[str] = Counter()
    for job in jobs:
        [message] = Message.objects.filter(job_id=job.pk)
        assert message.state in ALLOWED[State(job.state)], (job, job.error, message.state)
        states[message.state] += 1
    assert sum(states.values()) == len(jobs)
    assert sum(count(states, part) for _label, part in WHOLE.values()) == len(jobs)

    mail = Mail(resolve(Moving.TODAY, timezone.now()), timezone.now())
    assert mail.total == Message.objects.count() + len(list(without_message(Job.objects.all())))
    for state in MessageState:
        assert mail.tally[state] == sum(one.state == state for one in Message.objects.all())


def test_an_ordinary_email_pays_nothing_for_it(recipient: Recipient, mail_stub: MailStub) -> None:
    """What it is made of, its message, and that it was sent."""
    with CaptureQueriesContext(connection) as asked:
        envoi_email.apply([recipient.pk])
    of_messages = [one["sql"] for one in asked if "backoffice_message" in one["sql"]]
    assert len(of_messages) == 3, of_messages
