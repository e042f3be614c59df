"""A worker that dies while SES is asked: the one moment whose outcome nobody can know."""

from __future__ import annotations

import pytest

from backoffice.models import EmailTemplate, MessageState, Recipient
from tasks_app.models import State
from tasks_app.tasks import envoi_email
from tests.emails import stub
from tests.emails.jobs import is_state, message_of, until
from tests.emails.stub import MailStub
from tests.servers import wait_until
from tests.stack import Stack


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
