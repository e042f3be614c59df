"""What the mail service allows this account."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Account:
    may_send: bool
    in_sandbox: bool
    sent: float  # in the last 24 hours, counted in recipients
    most: float  # of them in 24 hours


def ask() -> Account:
    """Ask SES (GetAccount); raises the SendError that its refusal means."""
    from botocore.exceptions import BotoCoreError, ClientError

    from backoffice.emails import ses  # boto3 adds a quarter of a second to the start of every process

    try:
        answer = ses.client(settings.AWS_REGION, settings.AWS_ENDPOINT_URL).get_account()
    except (ClientError, BotoCoreError) as error:
        raise ses.meaning(error) from error
    quota = answer.get("SendQuota", {})
    return Account(
        may_send=answer.get("SendingEnabled", True),
        in_sandbox=not answer.get("ProductionAccessEnabled", True),
        sent=quota.get("SentLast24Hours", 0.0),
        most=quota.get("Max24HourSend", 0.0),
    )
