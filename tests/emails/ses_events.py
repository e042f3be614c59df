"""Events as SES publishes them to SNS, and SNS to SQS (SES developer guide, examples of event data)."""

from __future__ import annotations

import json
from typing import Any

from backoffice.models import Message

TOPIC = "arn:aws:sns:eu-west-3:123456789012:mail-events"
AT = "2026-03-05T00:41:02.669Z"

PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Send": ("send", {}),
    "Delivery": ("delivery", {"smtpResponse": "250 2.6.0 Message received"}),
    "DeliveryDelay": (
        "deliveryDelay",
        {
            "delayType": "MailboxFull",
            "delayedRecipients": [{"emailAddress": "z@example.org", "diagnosticCode": "452 4.2.2 full"}],
        },
    ),
    "Permanent": (
        "bounce",
        {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": "z@example.org", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
            ],
            "feedbackId": "0100",
        },
    ),
    "Transient": (
        "bounce",
        {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": []},
    ),
    "Complaint": ("complaint", {"complaintFeedbackType": "abuse", "feedbackId": "0101"}),
    "Not spam": ("complaint", {"complaintFeedbackType": "not-spam"}),
    "Reject": ("reject", {"reason": "Bad content"}),
    "Rendering Failure": ("failure", {"errorMessage": "Attribute is missing", "templateName": "t"}),
    "Open": ("open", {}),
}
NAMES = {"Permanent": "Bounce", "Transient": "Bounce", "Not spam": "Complaint"}


def told(message: Message, name: str, at: str = AT, **mail: Any) -> dict[str, Any]:
    """An event of this message; `name` is SES's, or the sort of a bounce; `mail` changes its mail object."""
    part_name, part = PARTS[name]
    about = {
        "timestamp": "2026-03-05T00:40:02.012Z",
        "messageId": message.provider_id or "0100-new",
        "destination": [message.to],
        "tags": {"ses:configuration-set": ["ours"], "outgoing-id": [str(message.pk)]},
    }
    stamp = {} if name in ("Send", "Reject", "Rendering Failure") else {"timestamp": at}
    return {
        "eventType": NAMES.get(name, name),
        "mail": about | {"timestamp": at} | mail,
        part_name: part | stamp,
    }


def envelope(event: dict[str, Any] | str, topic: str = TOPIC) -> str:
    """As SNS writes it into the queue, without raw delivery."""
    inner = event if isinstance(event, str) else json.dumps(event)
    return json.dumps(
        {"Type": "Notification", "MessageId": "22b8", "TopicArn": topic, "Message": inner, "Timestamp": AT}
    )
