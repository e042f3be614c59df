"""Events on their real road: a topic, its queue, and the job that reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from django.db import DatabaseError

from backoffice.emails import event_queue
from backoffice.emails.errors import TryAgain
from backoffice.models import Message, MessageEvent, MessageState
from tests.emails.ses_events import told
from tests.servers import wait_until

pytestmark = pytest.mark.once


class Road:
    """SNS → SQS in a stand-in for AWS: `publish(event)` is what SES does."""

    def __init__(self, endpoint: str, region: str) -> None:
        options: dict[str, Any] = {"region_name": region, "endpoint_url": endpoint}
        self.sns, self.sqs = boto3.client("sns", **options), boto3.client("sqs", **options)
        self.topic = self.new_topic("mail-events")

    def new_topic(self, name: str) -> str:
        topic = self.sns.create_topic(Name=name)["TopicArn"]
        self.url = self.sqs.create_queue(QueueName="mail-events")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
        return topic

    def publish(self, event: dict[str, Any], topic: str = "") -> None:
        self.sns.publish(TopicArn=topic or self.topic, Message=json.dumps(event))

    def left(self) -> int:
        """Messages in the queue, those included that somebody received and did not delete."""
        told = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return int(told["ApproximateNumberOfMessages"]) + int(told["ApproximateNumberOfMessagesNotVisible"])


@pytest.fixture
def road(moto_endpoint: str, use_ses: Callable[[str], None], settings: Any) -> Road:
    use_ses(moto_endpoint)
    event_queue.client.cache_clear()
    road = Road(moto_endpoint, settings.AWS_REGION)
    settings.SES_EVENTS_QUEUE_URL, settings.SES_EVENTS_TOPIC_ARN = road.url, road.topic
    return road


@pytest.fixture
def sent(message: Message) -> Message:
    Message.objects.update(state=MessageState.SENT)
    return message


def drain() -> dict[str, int]:
    return dict(event_queue.drain(long_poll=0))


def test_events_move_the_message_and_leave_the_queue(road: Road, sent: Message) -> None:
    for name in ("Send", "Delivery", "Delivery"):
        road.publish(told(sent, name))
    assert drain() == {"recorded": 2, "replayed": 1}
    assert Message.objects.get().state == MessageState.DELIVERED
    assert road.left() == 0


def test_more_events_than_one_answer_holds_are_all_read(road: Road, sent: Message) -> None:
    for number in range(23):
        road.publish(told(sent, "DeliveryDelay", f"2026-03-05T00:00:{number:02}Z"))
    assert drain() == {"recorded": 23}


def test_an_event_before_our_own_commit_is_not_lost(
    road: Road, sent: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_queue, "VISIBILITY", 1)
    Message.objects.update(state=MessageState.SUBMITTING)
    road.publish(told(sent, "Delivery"))
    assert drain() == {"too early": 1}
    assert road.left() == 1
    Message.objects.update(state=MessageState.SENT)
    assert wait_until(drain) == {"recorded": 1}
    assert road.left() == 0


def test_a_forged_topic_is_refused_and_does_not_come_back(road: Road, sent: Message) -> None:
    road.publish(told(sent, "Permanent"), road.new_topic("somebody-elses"))
    assert drain() == {"refused": 1}
    assert Message.objects.get().state == MessageState.SENT
    assert road.left() == 0


def test_what_we_could_not_commit_stays_in_the_queue(
    road: Road, sent: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def database_away(event: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(event_queue, "record", database_away)
    road.publish(told(sent, "Delivery"))
    with pytest.raises(DatabaseError):
        drain()
    assert road.left() == 1
    assert not MessageEvent.objects.exists()


def test_a_queue_that_does_not_exist_says_what_to_correct(road: Road, settings: Any) -> None:
    settings.SES_EVENTS_QUEUE_URL += "-gone"
    with pytest.raises(event_queue.EventsUnreadable, match="SES_EVENTS_QUEUE_URL"):
        drain()


def test_an_aws_that_cannot_be_reached_is_asked_again(road: Road, settings: Any) -> None:
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:1"
    with pytest.raises(TryAgain):
        drain()
