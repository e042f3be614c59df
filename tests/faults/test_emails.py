"""SES accepts and falls silent, refuses for a while, or breaks: asked once, or known to be untaken."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from django.utils import timezone

from backoffice.emails import settle
from backoffice.emails.ses import READ_TIMEOUT
from backoffice.models import Message, MessageState
from tasks_app import control
from tasks_app.models import Job, State
from tasks_app.tasks import read_email_events
from tests.emails.ses_events import TOPIC, envelope, told
from tests.faults.bounds import LEASE_LOST
from tests.faults.house import SHORT_LEASE, House
from tests.faults.post_office import BROKEN, THROTTLED

REGION = "eu-west-3"


def accepted_by_a_worker_that_is_killed(house: House) -> str:
    """The id of the job; no worker is left."""
    house.start_all(workers=2, **SHORT_LEASE)
    house.post.answer = house.post.accept_and_stall
    sent = house.launch_email(State.UNKNOWN)
    house.until(lambda: house.post.accepted)
    house.fault(LEASE_LOST)
    for worker in house.workers:
        worker.kill()
    house.post.answer = house.post.accept
    return sent


def asked_and_state(house: House, job_id: str) -> tuple[int, str]:
    """How often SES was asked for the job's message, and the job's state: after one run of it, or as soon as
    SES is asked a second time."""

    def found() -> tuple[int, str] | None:
        message = Message.objects.filter(job_id=job_id).first()
        asked = house.post.asked[str(message.pk)] if message else 0
        state = house.job(job_id).state
        return (asked, state) if asked > 1 or (asked and state != State.RUNNING) else None

    return house.until(found)


@pytest.mark.scenario(11)
def test_a_worker_killed_after_ses_accepted_leaves_an_unknown_that_a_person_settles(house: House) -> None:
    """Held by `settle.may_run_again`: let it always say yes, and SES accepts the message twice."""
    sent = accepted_by_a_worker_that_is_killed(house)
    house.start_worker("worker3", **SHORT_LEASE)
    house.account()
    message = Message.objects.get(job_id=sent)
    assert message.state == MessageState.UNKNOWN
    assert settle.arrived(message)
    assert control.settle(house.job(sent), State.SUCCEEDED, by="a person")
    house.expected.states[sent] = State.SUCCEEDED
    house.account()


@pytest.mark.long
@pytest.mark.scenario(11)
def test_a_worker_killed_after_ses_accepted_leaves_an_unknown_that_an_event_settles(
    house: House, moto_endpoint: str
) -> None:
    """The delivery lies in the queue of events by the time that the job is unknown.

    Held by `email_task.settle_jobs`: let it return 0, and the job stays unknown though its message arrived.
    """
    sent = accepted_by_a_worker_that_is_killed(house)
    queue = boto3.client("sqs", region_name=REGION, endpoint_url=moto_endpoint)
    url = queue.create_queue(QueueName="mail-events")["QueueUrl"]
    reads_events: dict[str, Any] = {
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": moto_endpoint,
        "SES_EVENTS_QUEUE_URL": url,
        "SES_EVENTS_TOPIC_ARN": TOPIC,
    }
    house.start_worker("worker3", **SHORT_LEASE, **reads_events)
    house.account()
    message = Message.objects.get(job_id=sent)
    queue.send_message(QueueUrl=url, MessageBody=envelope(told(message, "Delivery")))
    house.record(read_email_events.delay().id, runs=0)
    house.expected.states[sent] = State.SUCCEEDED
    house.account()
    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED


@pytest.mark.long  # SES is given its whole half minute
@pytest.mark.scenario(12)
def test_an_answer_that_never_comes_is_asked_for_once(house: House) -> None:
    """Held by `retries` in `ses.client`: without it boto3 asks again after each half minute. And by the table
    `errors.SES_OUTCOMES`: read ReadTimeoutError as TryAgain, and the job waits to send it once more."""
    house.start_all()
    house.post.answer = house.post.accept_and_stall
    sent = house.launch_email(State.UNKNOWN)
    house.fault(READ_TIMEOUT)
    assert asked_and_state(house, sent) == (1, State.UNKNOWN)
    house.account()
    assert Message.objects.get(job_id=sent).state == MessageState.UNKNOWN


@pytest.mark.scenario(12)
def test_a_line_cut_after_acceptance_and_an_error_of_ses_are_asked_once(house: House) -> None:
    """Held by `retries` in `ses.client`: without it boto3 asks three times at once. And by the table
    `errors.SES_OUTCOMES`: read ConnectionClosedError or InternalFailure as TryAgain, and the job waits to
    send the message once more."""
    house.start_all()
    house.post.answer = house.post.accept_and_cut
    house.fault()
    cut = house.launch_email(State.UNKNOWN)
    assert asked_and_state(house, cut) == (1, State.UNKNOWN)
    house.account()
    house.post.answer = BROKEN
    broken = house.launch_email(State.UNKNOWN, mails=0)
    assert asked_and_state(house, broken) == (1, State.UNKNOWN)
    house.account()
    states = Message.objects.filter(job_id__in=[cut, broken]).values_list("state", flat=True)
    assert set(states) == {MessageState.UNKNOWN}


@pytest.mark.long
@pytest.mark.scenario(12)
def test_a_message_refused_for_haste_is_accepted_later_once(house: House) -> None:
    """Held by the table `errors.SES_OUTCOMES`: list TooManyRequestsException as Refused, and the job fails at
    the first answer; the wait for its retry is in vain."""
    house.start_all()
    house.post.answer = house.post.once(THROTTLED, then=house.post.accept)
    house.fault()
    sent = house.launch_email()
    house.until(lambda: Job.objects.filter(pk=sent, state=State.WAITING, retries=1).exists())
    Job.objects.filter(pk=sent).update(available_at=timezone.now())  # its minute is over
    house.account()
    assert list(house.post.asked.values()) == [2]
