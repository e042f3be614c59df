"""AWS SES: one raw mail in one request, never repeated by the client."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from backoffice.emails import causes, service_causes
from backoffice.emails.errors import OutcomeUnknown, Refused, SendError
from backoffice.emails.ses_errors import FAILED, NO_ANSWER, REFUSED, SES_OUTCOMES, Outcome, outcome_of_text

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 30.0  # seconds: SES answers in well under one; what comes later is unknown anyway

# SES quotas: 40 MB a message after base64 (SES developer guide, "Service quotas").
MAX_BYTES = 40 * 1024 * 1024


@cache
def client(region: str, endpoint: str) -> SESV2Client:
    """The one client of this process: a new one per mail costs more than the request itself."""
    return boto3.client(
        "sesv2",
        region_name=region,
        endpoint_url=endpoint or None,
        config=Config(
            # SES has no idempotency token: a repeated request is a second mail.
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=50,  # as many as MAILING_CONNECTIONS may be
            # botocore's own names kernel, Python and features, and is put together anew twice a request.
            user_agent="back-office",
        ),
    )


def send(message_id: str, sender: str, to: str, mime: bytes) -> str:
    """Ask SES once; returns its message id. Raises the SendError that `SES_OUTCOMES` names."""
    if len(mime) > MAX_BYTES:
        raise Refused(causes.MESSAGE_TOO_LARGE(size=len(mime) // 1024**2))
    request: dict[str, Any] = {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": [to]},
        "Content": {"Raw": {"Data": mime}},
        "EmailTags": [{"Name": "outgoing-id", "Value": message_id}],
    }
    if settings.SES_CONFIGURATION_SET:
        request["ConfigurationSetName"] = settings.SES_CONFIGURATION_SET
    try:
        answer = client(settings.AWS_REGION, settings.AWS_ENDPOINT_URL).send_email(**request)
    except (ClientError, BotoCoreError) as error:
        raise meaning(error) from error
    if not answer.get("MessageId"):
        # Also what an answer that was cut short looks like: botocore forgives JSON that is none.
        raise OutcomeUnknown(service_causes.ANSWER_WITHOUT_ID())
    return answer["MessageId"]


def max_send_rate() -> float:
    """Recipients a second that SES allows this account; raises the SendError that `SES_OUTCOMES` names."""
    try:
        quota = client(settings.AWS_REGION, settings.AWS_ENDPOINT_URL).get_account()["SendQuota"]
    except (ClientError, BotoCoreError) as error:
        raise meaning(error) from error
    return quota["MaxSendRate"]


def meaning(error: ClientError | BotoCoreError) -> SendError:
    """The error by what is to be done next, with what it says."""
    detail, name = str(error), type(error).__name__
    if isinstance(error, ClientError):
        detail = "{Code}: {Message}".format(**{"Message": ""} | error.response["Error"])
        name = error.response["Error"].get("Code", "")
    said: SendError = outcome_of(error).said(name, detail)
    return said


def outcome_of(error: ClientError | BotoCoreError) -> Outcome[Any]:
    """Look the error up by its code, or by the nearest class of its family.

    What the table does not name is judged by who spoke: an answer below 500 says that the request
    was not taken; anything else leaves it open.
    """
    if isinstance(error, ClientError):
        said = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        unlisted = FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else REFUSED
        by_name = SES_OUTCOMES.get(said.get("Code", ""), unlisted)
        return outcome_of_text(said.get("Message", "")) or by_name
    for family in type(error).__mro__:
        if family.__name__ in SES_OUTCOMES:
            return SES_OUTCOMES[family.__name__]
    return NO_ANSWER
