"""The SQS queue of events: read for a bounded time, each message deleted only after our commit.

What is trusted: the queue's own policy, which lets one SNS topic write to it and nobody else, and the
topic's name in each envelope (docs/decisions, "Events are trusted by their queue").
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from backoffice.emails import service_causes
from backoffice.emails.errors import SendError, TryAgain
from backoffice.emails.events import Forged, Taken, Unreadable, read, record

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

logger = logging.getLogger(__name__)

BUDGET = 20.0  # seconds of one reading; another follows within a minute
LONG_POLL = 5  # seconds that SQS waits for the first message
BATCH = 10  # SQS gives no more at once
# What was left behind (its message is being sent this moment) is told again after as many seconds.
VISIBILITY = 60


class EventsUnreadable(SendError):
    """The queue cannot be read as it is set up; `str()` says what to correct."""


@cache
def client(region: str, endpoint: str) -> SQSClient:
    # Reading and deleting twice is harmless, so boto3 may repeat its requests here.
    return boto3.client(
        "sqs",
        region_name=region,
        endpoint_url=endpoint or None,
        config=Config(connect_timeout=5, read_timeout=LONG_POLL + 10),
    )


def drain(budget: float = BUDGET, long_poll: int = LONG_POLL) -> Counter[str]:
    """Read events until the queue is empty or `budget` seconds are over; how many of each outcome.

    Raises TryAgain where AWS cannot be reached, EventsUnreadable where it refuses.
    """
    counted: Counter[str] = Counter()
    deadline = time.monotonic() + budget
    try:
        while time.monotonic() < deadline:
            received = _receive(long_poll)
            if not received:
                break
            counted.update(_take(received))
    except ClientError as error:
        raise EventsUnreadable(service_causes.EVENTS_REFUSED(error=error)) from error
    except BotoCoreError as error:
        raise TryAgain(service_causes.EVENTS_UNREACHABLE(error=error)) from error
    return counted


def _receive(long_poll: int) -> list[MessageTypeDef]:
    answer = _sqs().receive_message(
        QueueUrl=settings.SES_EVENTS_QUEUE_URL,
        MaxNumberOfMessages=BATCH,
        WaitTimeSeconds=long_poll,
        VisibilityTimeout=VISIBILITY,
    )
    return answer.get("Messages", [])


def _take(received: list[MessageTypeDef]) -> Counter[str]:
    """Record each, then delete those that are done with."""
    counted: Counter[str] = Counter()
    done = []
    for number, message in enumerate(received):
        outcome = _take_one(message.get("Body", ""))
        counted[outcome] += 1
        if outcome != Taken.TOO_EARLY.value:
            done.append({"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]})
    if done:
        _sqs().delete_message_batch(QueueUrl=settings.SES_EVENTS_QUEUE_URL, Entries=done)  # type: ignore[arg-type]
    return counted


def _take_one(body: str) -> str:
    try:
        return record(read(body)).value
    except Forged as error:
        logger.warning("An email event was refused: %s.", error)
        return "refused"
    except Unreadable as error:
        logger.info("A message in the queue of email events was passed over: %s.", error)
        return "passed over"


def _sqs() -> SQSClient:
    return client(settings.AWS_REGION, settings.AWS_ENDPOINT_URL)
