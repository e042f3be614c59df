"""A worker that dies while SES is asked: the one moment whose outcome nobody can know."""

from __future__ import annotations

import pytest

from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from tasks_app.account_tasks import send_password_link
from tasks_app.models import Job, State
from tasks_app.tasks import envoi_email
from tests.emails import stub
from tests.emails.jobs import is_state, message_of, until
from tests.emails.stub import MailStub
from tests.servers import wait_until
from tests.sign_in.forgotten import ask, link_in, stella_herself
from tests.stack import Stack

pytestmark = pytest.mark.once


@pytest.mark.stack
def test_a_worker_killed_while_it_hands_over_leaves_an_unknown_that_is_never_resent(
    processes: Stack, mail_stub: MailStub, recipient: Recipient, template: EmailTemplate
) -> None:
    mail_stub.answer = stub.stall
    worker = processes.start_worker(JOB_LEASE_SECONDS="2", **mail_stub.environment)
    sent = envoi_email.delay(recipient.pk)
    wait_until(lambda: mail_stub.requests)
    worker.kill()
    job = until(sent.id, is_state(State.UNKNOWN))
    assert message_of(job).state == MessageState.UNKNOWN
    assert "nobody knows whether it was sent" in message_of(job).error
    assert len(mail_stub.requests) == 1


@pytest.mark.stack
def test_a_worker_that_dies_with_the_mail_in_hand_is_followed_by_another_link(
    processes: Stack, mail_stub: MailStub, transactional_db: None
) -> None:
    """Two links in their owner's mailbox harm nobody; of other emails no machine sends a second."""
    stella_herself()
    mail_stub.answer = stub.stall
    worker = processes.start_worker(JOB_LEASE_SECONDS="2", **mail_stub.environment)
    ask()
    wait_until(lambda: mail_stub.requests)
    worker.kill()
    mail_stub.answer = stub.accept
    processes.start_worker("worker2", JOB_LEASE_SECONDS="2", **mail_stub.environment)
    sending = Job.objects.get(name=send_password_link.name)
    job = until(sending.pk, is_state(State.SUCCEEDED))
    assert job.deaths == 1
    assert link_in(mail_stub.raw(0))["token"] != link_in(mail_stub.raw(-1))["token"]
    assert Message.objects.get().state == MessageState.SENT
