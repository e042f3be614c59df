"""A first run writes and claims its message in one statement; whatever is unusual takes the long road."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.emails import hold
from backoffice.emails.compose import compose
from backoffice.emails.deliver import submit_new
from backoffice.emails.errors import HoldAll, TryAgain
from backoffice.emails.statements import Statement
from backoffice.models import EmailTemplate, Message, MessageState, Recipient, Suppression
from tasks_app import email_task
from tasks_app.ledger import hot_sql
from tasks_app.models import Job, State
from tasks_app.tasks import envoi_email
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


def test_it_costs_two_statements(recipient: Recipient, django_assert_num_queries: Any) -> None:
    """All that the email is made of, and its message."""
    with django_assert_num_queries(4 if connection.in_atomic_block else 2):  # a savepoint, and its release
        submit_new(recipient.pk, None, "job-1")


def test_the_job_ends_in_the_statement_that_says_sent(mail_stub: MailStub, recipient: Recipient) -> None:
    with CaptureQueriesContext(connection) as asked:
        envoi_email.apply([recipient.pk])
    [says_sent] = [one["sql"] for one in asked if "UPDATE backoffice_message" in one["sql"]]
    assert ("UPDATE tasks_app_job" in says_sent) == (connection.vendor == "postgresql")
    assert Message.objects.get().state == MessageState.SENT
    assert Job.objects.get().state == State.SUCCEEDED


def test_a_run_that_was_overtaken_while_it_waited_for_its_turn_sends_nothing(
    mail_stub: MailStub, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtake(task: Any) -> None:
        Job.objects.filter(id=task.request.id).update(token="of another run")

    monkeypatch.setattr(email_task, "await_turn", overtake)
    envoi_email.apply([recipient.pk])
    assert Job.objects.get().state == State.RUNNING
    assert not Message.objects.exists()
    assert mail_stub.requests == []


def test_without_its_condition_nothing_is_written(mail_stub: MailStub, recipient: Recipient) -> None:
    overtaken = Statement(*hot_sql.held("job-1", "its-token"))
    assert submit_new(recipient.pk, None, "job-1", provided=overtaken) is None
    assert not Message.objects.exists()
    assert mail_stub.requests == []


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


def switch_template_off() -> None:
    EmailTemplate.objects.update(active=False)


def break_template() -> None:
    EmailTemplate.objects.update(text="{{ nobody.knows }}")


@pytest.mark.parametrize("obstacle", [suppress, hold_all, opt_out, switch_template_off, break_template])
def test_what_stands_in_the_way_is_left_to_the_long_road(
    obstacle: Any, mail_stub: MailStub, recipient: Recipient
) -> None:
    obstacle()
    assert submit_new(recipient.pk, None, "job-1") is None
    assert not Message.objects.exists()
    assert mail_stub.requests == []
