"""A first run writes and claims its message in one statement; whatever is unusual takes the long road."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from backoffice.emails import hold
from backoffice.emails.compose import compose
from backoffice.emails.deliver import submit_new
from backoffice.emails.errors import HoldAll, TryAgain
from backoffice.models import EmailTemplate, Message, MessageState, Recipient, Suppression
from tests.emails import stub
from tests.emails.stub import MailStub


@pytest.fixture(autouse=True)
def own_outbox(data_dir: Path, template: EmailTemplate) -> None:
    """Nothing of one test is found by the next."""


def test_the_message_is_as_the_long_road_writes_it(recipient: Recipient) -> None:
    submission = submit_new(recipient.pk, None, "job-1")
    assert submission is not None
    submission.record()
    short, long = Message.objects.get(), compose(recipient.pk, None, "job-2")
    for field in (
        "recipient",
        "template",
        "template_name",
        "to",
        "sender",
        "subject",
        "text",
        "html",
        "headers",
    ):
        assert getattr(short, field) == getattr(long, field), field
    assert (short.state, short.attempt, short.job_id) == (MessageState.SENT, 1, "job-1")
    assert short.submitted_at is not None


def test_it_costs_four_statements(recipient: Recipient, django_assert_num_queries: Any) -> None:
    """Recipient with what stands in the way, template, its variables, the message."""
    with django_assert_num_queries(6 if connection.in_atomic_block else 4):  # a savepoint, and its release
        submit_new(recipient.pk, None, "job-1")


def test_submitting_is_committed_before_the_call(
    transactional_db: None, mail_stub: MailStub, recipient: Recipient
) -> None:
    seen: list[str] = []

    def look(handler: Any) -> None:
        # The stub answers in a thread of its own, so it sees what is committed.
        seen.append(Message.objects.get().state)
        connection.close()
        stub.accept(handler)

    mail_stub.answer = look
    submit_new(recipient.pk, None, "job-1")
    assert seen == [MessageState.SUBMITTING]


def test_inside_a_transaction_nothing_is_sent(
    transactional_db: None, mail_stub: MailStub, recipient: Recipient
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        submit_new(recipient.pk, None, "job-1")
    assert mail_stub.requests == []


def test_two_runs_of_a_job_send_once(mail_stub: MailStub, recipient: Recipient) -> None:
    assert submit_new(recipient.pk, None, "job-1") is not None
    assert submit_new(recipient.pk, None, "job-1") is None
    assert len(mail_stub.requests) == 1


def test_an_error_leaves_the_message_for_the_next_try(mail_stub: MailStub, recipient: Recipient) -> None:
    mail_stub.answer = stub.error("TooManyRequestsException", 429)
    with pytest.raises(TryAgain):
        submit_new(recipient.pk, None, "job-1")
    assert Message.objects.get().state == MessageState.QUEUED


def suppress() -> None:
    Suppression.objects.create(address="zoe@example.org", reason=Suppression.Reason.BOUNCED)


def hold_all() -> None:
    hold.begin(HoldAll("", code="AccessDenied"))


def opt_out() -> None:
    Recipient.objects.update(active=False)


def break_template() -> None:
    EmailTemplate.objects.update(text="{{ nobody.knows }}")


@pytest.mark.parametrize("obstacle", [suppress, hold_all, opt_out, break_template])
def test_what_stands_in_the_way_is_left_to_the_long_road(
    obstacle: Any, mail_stub: MailStub, recipient: Recipient
) -> None:
    obstacle()
    assert submit_new(recipient.pk, None, "job-1") is None
    assert not Message.objects.exists()
    assert mail_stub.requests == []
