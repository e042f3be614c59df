"""What SES tells moves a message on: in any order, twice as once, and never before our own commit."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from django.db import DataError, connection

from backoffice.emails import suppression
from backoffice.emails.compose import compose
from backoffice.emails.deliver import submit
from backoffice.emails.errors import Suppressed
from backoffice.emails.events import READERS, Forged, Taken, Unreadable, read, record
from backoffice.models import EmailTemplate, Message, MessageEvent, MessageState, Recipient, Suppression
from tasks_app import control, email_task
from tasks_app.email_task import settle_jobs
from tasks_app.ledger.new_job import build_job
from tasks_app.models import Job, State
from tasks_app.tasks import envoi_email, read_email_events
from tests.emails.queued import queued
from tests.emails.ses_events import AT, NAMES, PARTS, TOPIC, envelope, told

LATER = "2026-03-06T08:00:00.000Z"


@pytest.fixture(autouse=True)
def our_topic(settings: Any) -> None:
    settings.SES_EVENTS_TOPIC_ARN = TOPIC


@pytest.fixture
def sent(message: Message) -> Message:
    Message.objects.update(state=MessageState.SENT, provider_id="0100-a", transport="ses", attempt=1)
    message.refresh_from_db()
    return message


def take(message: Message, name: str, at: str = AT, **mail: Any) -> Taken:
    return record(read(envelope(told(message, name, at, **mail))))


def state_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


# --- Moving on ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("Send", MessageState.SENT, ""),
        ("DeliveryDelay", MessageState.SENT, "452 4.2.2 full"),
        ("Delivery", MessageState.DELIVERED, "250 2.6.0"),
        ("Permanent", MessageState.BOUNCED, "550 5.1.1 user unknown"),
        ("Transient", MessageState.BOUNCED, "MailboxFull"),
        ("Complaint", MessageState.COMPLAINED, "abuse"),
        ("Reject", MessageState.FAILED, "Bad content"),
        ("Rendering Failure", MessageState.FAILED, "Attribute is missing"),
    ],
)
def test_each_event_moves_the_message_and_keeps_the_others_words(
    name: str, state: str, words: str, sent: Message
) -> None:
    assert take(sent, name) is Taken.RECORDED
    assert state_of(sent) == state
    [event] = sent.events.all()
    assert words in event.detail
    assert event.at.isoformat().startswith("2026-03-05T00:41:02.669")


def test_every_event_that_is_read_was_made_to_happen() -> None:
    assert {NAMES.get(name, name) for name in PARTS} >= set(READERS)


@pytest.mark.parametrize("order", list(permutations(["Transient", "Delivery", "Permanent"])))
def test_the_order_in_which_events_come_does_not_matter(order: tuple[str, ...], sent: Message) -> None:
    moments = {"Transient": AT, "Delivery": "2026-03-05T01:00:00Z", "Permanent": LATER}
    for name in order:
        take(sent, name, moments[name])
    assert state_of(sent) == MessageState.BOUNCED


def test_an_out_of_office_answer_does_not_undo_a_delivery(sent: Message) -> None:
    take(sent, "Delivery")
    take(sent, "Transient", LATER)
    assert state_of(sent) == MessageState.DELIVERED


def test_a_bounce_after_the_delivery_counts(sent: Message) -> None:
    take(sent, "Delivery")
    take(sent, "Permanent", LATER)
    assert state_of(sent) == MessageState.BOUNCED
    assert "user unknown" in Message.objects.get(pk=sent.pk).error


def test_a_replay_changes_nothing(sent: Message) -> None:
    take(sent, "Permanent")
    suppression.lift(Suppression.objects.get())
    assert take(sent, "Permanent") is Taken.REPLAYED
    assert MessageEvent.objects.count() == 1
    assert not Suppression.objects.exists(), "a replay suppressed what a person had lifted"


@pytest.mark.parametrize("state", [MessageState.SUBMITTING, MessageState.QUEUED])
def test_an_event_that_comes_before_our_own_commit_is_left_for_later(state: str, sent: Message) -> None:
    Message.objects.update(state=state)
    assert take(sent, "Delivery") is Taken.TOO_EARLY
    assert state_of(sent) == state
    assert not MessageEvent.objects.exists()


def test_an_event_of_somebody_elses_mail_is_passed_over(sent: Message) -> None:
    other = told(sent, "Delivery", tags={}, messageId="0100-of-another-system")
    assert record(read(envelope(other))) is Taken.FOREIGN


@pytest.mark.parametrize(
    "mail",
    [
        {},
        {"tags": {}},
        {"tags": {}, "headers": [{"name": "X-Outgoing-ID", "value": None}], "messageId": "unknown"},
    ],
    ids=["by its tag", "by SES's id", "by its header"],
)
def test_a_message_is_found(mail: dict[str, Any], sent: Message) -> None:
    for header in mail.get("headers", []):
        header["value"] = str(sent.pk)
    assert take(sent, "Delivery", **mail) is Taken.RECORDED


# --- Whom to believe ------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", ["arn:aws:sns:eu-west-3:666:mail-events", "", None])
def test_another_topic_is_refused(topic: Any, sent: Message) -> None:
    with pytest.raises(Forged):
        read(envelope(told(sent, "Permanent"), topic))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "not JSON",
        envelope("Successfully validated SNS topic for Amazon SES event publishing."),
        envelope({"eventType": "Subscription"}),
        envelope({"eventType": "Delivery"}),
        envelope({"eventType": "Delivery", "mail": [], "delivery": {"timestamp": "yesterday"}}),
    ],
)
def test_what_is_no_event_is_unreadable_and_no_error(body: str) -> None:
    with pytest.raises(Unreadable):
        read(body)


@pytest.mark.parametrize("name", ["Open", "Not spam"])
def test_what_changes_no_message_is_passed_over(name: str, sent: Message) -> None:
    with pytest.raises(Unreadable):
        read(envelope(told(sent, name)))


# --- Suppressing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "reason"), [("Permanent", "bounced"), ("Complaint", "complained")])
def test_the_next_mail_to_a_bounced_or_complaining_address_is_suppressed(
    name: str, reason: str, sent: Message, recipient: Recipient, data_dir: Any
) -> None:
    take(sent, name)
    assert Suppression.objects.get().reason == reason
    Recipient.objects.update(email="Zoe@Example.org")
    following = compose(recipient.pk, None, "job-2")
    with pytest.raises(Suppressed, match=r"takes no mail|as spam"):
        submit(following)
    following.refresh_from_db()
    assert (following.state, following.attempt) == (MessageState.SUPPRESSED, 0)
    assert "zoe@example.org" in following.error

    assert suppression.lift(Suppression.objects.get())
    submit(compose(recipient.pk, None, "job-3")).record()


@pytest.mark.parametrize("name", ["Transient", "DeliveryDelay", "Reject", "Delivery"])
def test_what_may_pass_suppresses_nobody(name: str, sent: Message) -> None:
    take(sent, name)
    assert not Suppression.objects.exists()


def test_a_complaint_outweighs_a_bounce_and_not_the_reverse(sent: Message) -> None:
    take(sent, "Permanent")
    take(sent, "Complaint", LATER)
    take(sent, "Permanent", "2026-03-07T00:00:00Z")
    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINED


# --- Settling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state", "job_state"),
    [
        ("Send", MessageState.SENT, State.SUCCEEDED),
        ("Delivery", MessageState.DELIVERED, State.SUCCEEDED),
        ("Permanent", MessageState.BOUNCED, State.SUCCEEDED),
        ("Reject", MessageState.FAILED, State.FAILED),
    ],
)
def test_an_event_settles_an_unknown_message_and_its_job(
    name: str, state: str, job_state: str, recipient: Recipient, template: EmailTemplate
) -> None:
    job = build_job(envoi_email.name, [recipient.pk])
    job.state = State.UNKNOWN
    job.save()
    message = queued(recipient, job.pk)
    Message.objects.update(state=MessageState.UNKNOWN, error="Nobody knows.", error_class="OutcomeUnknown")
    assert settle_jobs([envoi_email.name]) == 0, "nobody knows yet"
    take(message, name)
    message.refresh_from_db()
    assert message.state == state
    assert "Nobody knows" not in message.error
    assert message.provider_id == "0100-new"
    assert settle_jobs([envoi_email.name]) == 1
    job.refresh_from_db()
    assert job.state == job_state
    assert settle_jobs([envoi_email.name]) == 0


def test_many_that_nobody_settles_hold_up_no_other(
    recipient: Recipient, template: EmailTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_task, "SETTLED_AT_ONCE", 1)
    oldest, newest = (build_job(envoi_email.name, [recipient.pk]) for _ in range(2))
    for job in (oldest, newest):
        job.state = State.UNKNOWN
        job.save()
        queued(recipient, job.pk)
    Message.objects.update(state=MessageState.UNKNOWN)
    Message.objects.of_job(newest.pk).update(state=MessageState.SENT)
    assert settle_jobs([envoi_email.name]) == 1
    assert list(Job.objects.order_by("created_at").values_list("state", flat=True)) == [
        "unknown",
        "succeeded",
    ]


def unknown_job(recipient: Recipient, state: MessageState) -> Job:
    """Whose message's state is known by now."""
    job = build_job(envoi_email.name, [recipient.pk])
    job.state = State.UNKNOWN
    job.save()
    queued(recipient, job.pk)
    Message.objects.of_job(job.pk).update(state=state)
    return job


@pytest.mark.parametrize("at_once", [1, 2, 500])
@pytest.mark.parametrize("bad", [0, 1, 2])
def test_one_that_cannot_be_settled_stops_none_of_the_others(
    bad: int,
    at_once: int,
    recipient: Recipient,
    template: EmailTemplate,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    jobs = sorted((unknown_job(recipient, MessageState.SENT) for _ in range(3)), key=lambda job: job.pk)
    settle = control.settle

    def settle_but_one(job: Job, *args: Any, **named: Any) -> bool:
        if job.pk == jobs[bad].pk:
            raise DataError("a value that no column takes")
        return settle(job, *args, **named)

    monkeypatch.setattr(control, "settle", settle_but_one)
    monkeypatch.setattr(email_task, "SETTLED_AT_ONCE", at_once)
    assert sum(settle_jobs([envoi_email.name]) for _ in range(3)) == 2
    assert set(Job.objects.filter(state=State.UNKNOWN)) == {jobs[bad]}
    assert f"Job {jobs[bad].pk} cannot be settled" in caplog.text


def test_a_job_that_cannot_be_read_stops_none_of_the_others(
    recipient: Recipient, template: EmailTemplate
) -> None:
    broken, sound = (unknown_job(recipient, MessageState.SENT) for _ in range(2))
    no_moment = "2026-99-99 00:00:00" if connection.vendor == "sqlite" else "infinity"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_app_job SET started_at = %s WHERE id = %s", [no_moment, broken.pk])
    assert settle_jobs([envoi_email.name]) == 1
    assert dict(Job.objects.values_list("pk", "state")) == {broken.pk: "unknown", sound.pk: "succeeded"}


def test_an_event_outweighs_what_a_person_guessed(message: Message) -> None:
    Message.objects.update(state=MessageState.FAILED, error="It did not arrive.")
    take(message, "Delivery")
    message.refresh_from_db()
    assert (message.state, message.error) == (MessageState.DELIVERED, "")


@pytest.mark.django_db(transaction=True)
def test_without_a_queue_the_job_is_idle(settings: Any) -> None:
    settings.SES_EVENTS_QUEUE_URL = ""
    result = read_email_events.apply().get()
    assert result == {"status": "ok", "settled": 0}
    assert Job.objects.get().state == State.SUCCEEDED
