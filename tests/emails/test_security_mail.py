"""Mail whose text exists in one run's memory: what is tried again is written anew, and nothing is kept."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.models import User

from backoffice.emails import hold, service_causes
from backoffice.emails.errors import HoldAll
from backoffice.models import Message, MessageState
from tasks_app.account_tasks import send_password_link
from tasks_app.models import Job, State
from tests.emails import stub
from tests.emails.jobs import is_state, until, wake
from tests.emails.stub import MailStub
from tests.servers import wait_until
from tests.sign_in.forgotten import ask, everything_stored, link_in, run_jobs, stella_herself

pytestmark = pytest.mark.once


@pytest.fixture
def stella(transactional_db: None) -> User:
    return stella_herself()


def token_of(mail: bytes) -> str:
    return link_in(mail)["token"]


def sending_job() -> Job:
    return wait_until(Job.objects.filter(name=send_password_link.name).first, what="the job that sends")


@pytest.mark.stack
@pytest.mark.parametrize(
    "answer",
    [stub.error("TooManyRequestsException", 429), stub.hang_up, stub.error("InternalFailure", 500)],
    ids=["throttled", "no answer", "broken"],
)
def test_what_is_tried_again_has_another_link_and_no_request_waits_for_it(
    ses_worker: MailStub, stella: User, answer: stub.Answer
) -> None:
    """Nobody knows whether a mail without an answer arrived; two links harm nobody."""
    ses_worker.answer = answer
    assert ask().status_code == 302
    job = until(sending_job().pk, is_state(State.WAITING, retries=1))
    assert Message.objects.get().state == MessageState.QUEUED
    ses_worker.answer = stub.accept
    # A token has the second of its making in it.
    wait_until(lambda: int(time.time()) > int(job.attempts.get().ended_at.timestamp()))
    wake(job)
    until(job.pk, is_state(State.SUCCEEDED, retries=1))
    assert len(ses_worker.requests) == 2
    assert token_of(ses_worker.raw(0)) != token_of(ses_worker.raw(1))
    message = Message.objects.get()
    assert (message.state, message.attempt, message.text) == (MessageState.SENT, 2, "")
    assert not any(token_of(ses_worker.raw(number)) in everything_stored() for number in (0, 1))


def test_while_all_emails_are_held_a_link_waits_and_is_made_when_they_go(
    stella: User, mail_stub: MailStub
) -> None:
    hold.begin(HoldAll(service_causes.HELD(detail="The account is paused.")))
    hold.take_probe()  # another email is the one that asks
    ask()
    run_jobs()
    job = Job.objects.get(name=send_password_link.name)
    assert (job.state, Message.objects.get().state) == (State.WAITING, MessageState.QUEUED)
    assert mail_stub.requests == []
    hold.lift()
    wake(job)
    run_jobs()
    assert Message.objects.get().state == MessageState.SENT


def test_a_mail_that_is_refused_fails_its_job_and_says_so(stella: User, mail_stub: MailStub) -> None:
    mail_stub.answer = stub.error("MessageRejected")
    assert ask().status_code == 302
    *_found, job = run_jobs()
    message = Message.objects.get()
    assert (job.state, message.state) == (State.FAILED, MessageState.FAILED)
    assert (message.text, message.html) == ("", "")
