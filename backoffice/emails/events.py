"""What SES tells of a message, from the envelope of SNS to the message's new state.

The state follows from all events of a message together, so the order they come in does not matter and a
replay changes nothing:

    complained > bounced for good > delivered > bounced for now > rejected > accepted
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_datetime

from backoffice.emails import service_causes, suppression
from backoffice.emails.causes import because
from backoffice.models import UNSENT, EventKind, Message, MessageEvent, MessageState, Suppression
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice

# From the weakest word on a message to the strongest.
STATE_AFTER: dict[str, MessageState] = {
    EventKind.SENT: MessageState.SENT,
    EventKind.DELAYED: MessageState.SENT,
    EventKind.REJECTED: MessageState.FAILED,
    EventKind.UNRENDERED: MessageState.FAILED,
    EventKind.SOFT_BOUNCED: MessageState.BOUNCED,
    EventKind.DELIVERED: MessageState.DELIVERED,
    EventKind.BOUNCED: MessageState.BOUNCED,
    EventKind.COMPLAINED: MessageState.COMPLAINED,
}
STRENGTH = {kind: number for number, kind in enumerate(STATE_AFTER)}

SUPPRESSING = {
    EventKind.BOUNCED: Suppression.Reason.BOUNCED,
    EventKind.COMPLAINED: Suppression.Reason.COMPLAINED,
}


class Forged(ValueError):
    """It does not come from the topic that the settings name."""


class Unreadable(ValueError):
    """It is no event of ours: another type, a subscription's test, or not JSON."""


class Taken(Enum):
    """What became of an event; all but TOO_EARLY are done with."""

    RECORDED = "recorded"
    REPLAYED = "replayed"  # it was here before
    TOO_EARLY = "too early"  # our own commit is still to come: it must be told again
    FOREIGN = "foreign"  # of a message that is not in this database


@dataclass(frozen=True)
class Event:
    """One event of one message; `outgoing_id` is ours, `provider_id` is what SES answered."""

    kind: EventKind
    at: datetime
    outgoing_id: str
    provider_id: str
    detail: str


# --- Reading ------------------------------------------------------------------------------------


def read(body: str) -> Event:
    """The event in the body of an SQS message (an SNS envelope); raises Forged or Unreadable."""
    envelope = _object(body)
    if envelope.get("TopicArn") != settings.SES_EVENTS_TOPIC_ARN:
        raise Forged(f"it names the topic {envelope.get('TopicArn')!r}")
    told = _object(envelope.get("Message"))
    name = told.get("eventType") or told.get("notificationType")
    if name not in READERS:
        raise Unreadable(f"{name!r} is no event that changes a message")
    part_name, kind_of, detail_of = READERS[name]
    mail, part = _part(told, "mail"), _part(told, part_name)
    at = parse_datetime(str(part.get("timestamp") or mail.get("timestamp")))
    if at is None or at.tzinfo is None:
        raise Unreadable("it has no time")
    return Event(kind_of(part), at, _outgoing_id(told, mail), str(mail.get("messageId", "")), detail_of(part))


def _object(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError) as error:
        raise Unreadable("it is not JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("it is no JSON object")
    return found


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _outgoing_id(told: dict[str, Any], mail: dict[str, Any]) -> str:
    """Our id: in the tags of an event, or in the headers of an identity's notification."""
    for tags in (mail.get("tags"), told.get("tags")):
        values = tags.get("outgoing-id") if isinstance(tags, dict) else None
        if isinstance(values, list) and values:
            return str(values[0])
    headers = mail.get("headers")
    for header in headers if isinstance(headers, list) else []:
        if isinstance(header, dict) and str(header.get("name", "")).lower() == "x-outgoing-id":
            return str(header.get("value", ""))
    return ""


def _bounce_kind(bounce: dict[str, Any]) -> EventKind:
    return EventKind.BOUNCED if bounce.get("bounceType") == "Permanent" else EventKind.SOFT_BOUNCED


def _bounce_detail(bounce: dict[str, Any]) -> str:
    return _words(bounce, "bounceType", "bounceSubType", recipients="bouncedRecipients")


def _complaint_kind(complaint: dict[str, Any]) -> EventKind:
    if complaint.get("complaintFeedbackType") == "not-spam":
        raise Unreadable("its reader said that it is no spam")
    return EventKind.COMPLAINED


def _delay_detail(delay: dict[str, Any]) -> str:
    return _words(delay, "delayType", recipients="delayedRecipients")


def _words(part: dict[str, Any], *names: str, recipients: str = "") -> str:
    """What the other side said: the named values, then each recipient's diagnostic code."""
    said = [str(part[name]) for name in names if part.get(name)]
    listed = part.get(recipients)
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("diagnosticCode"):
            said.append(str(one["diagnosticCode"]))
    return " · ".join(said)[:2_000]


type Part = dict[str, Any]

# By the name SES gives it (SES developer guide, "Contents of event data that Amazon SES publishes to
# Amazon SNS"): where its own part stands, which kind it is, and what is worth keeping of it.
READERS: dict[str, tuple[str, Callable[[Part], EventKind], Callable[[Part], str]]] = {
    "Send": ("send", lambda part: EventKind.SENT, lambda part: ""),
    "Delivery": ("delivery", lambda part: EventKind.DELIVERED, lambda part: _words(part, "smtpResponse")),
    "DeliveryDelay": ("deliveryDelay", lambda part: EventKind.DELAYED, _delay_detail),
    "Bounce": ("bounce", _bounce_kind, _bounce_detail),
    "Complaint": (
        "complaint",
        _complaint_kind,
        lambda part: _words(part, "complaintFeedbackType", "complaintSubType", "userAgent"),
    ),
    "Reject": ("reject", lambda part: EventKind.REJECTED, lambda part: _words(part, "reason")),
    "Rendering Failure": (
        "failure",
        lambda part: EventKind.UNRENDERED,
        lambda part: _words(part, "errorMessage"),
    ),
}


# --- Recording ----------------------------------------------------------------------------------


def record(event: Event) -> Taken:
    """Write the event and what follows from it, in one transaction; twice is as once."""
    with transaction.atomic():
        message = _message_of(event)
        if message is None:
            return Taken.FOREIGN
        if message.state in UNSENT:
            return Taken.TOO_EARLY
        try:
            with transaction.atomic():
                MessageEvent.objects.create(
                    message=message, kind=event.kind, at=event.at, detail=event.detail
                )
        except IntegrityError:
            return Taken.REPLAYED
        _move(message, event)
        if event.kind in SUPPRESSING:
            suppression.suppress(message, SUPPRESSING[event.kind], event.detail)
    return Taken.RECORDED


def _message_of(event: Event) -> Message | None:
    """The message, locked: two events of it are taken one after the other."""
    locked = Message.objects.select_for_update().defer("text", "html", "headers")
    found = locked.with_id(event.outgoing_id).first() if event.outgoing_id else None
    if found is None and event.provider_id:
        found = locked.filter(provider_id=event.provider_id).first()
    return found


def _move(message: Message, event: Event) -> None:
    """The state that all events together say; a person's earlier guess gives way to what SES knows."""
    kinds = message.events.values_list("kind", flat=True)
    strongest = max(kinds, key=lambda kind: STRENGTH[EventKind(kind)])
    state = STATE_AFTER[EventKind(strongest)]
    changes: dict[str, Any] = {"state": state, "error": "", "error_class": "", **columns_of(None)}
    if strongest in service_causes.BY_EVENT:
        changes |= {"error_class": EventKind(strongest).value} | because(_cause(message, strongest))
    if state != MessageState.FAILED and message.sent_at is None:
        changes["sent_at"] = message.submitted_at or event.at
    if not message.provider_id:
        changes |= {"provider_id": event.provider_id, "transport": "ses"}
    Message.objects.filter(pk=message.pk).exclude(state__in=UNSENT).update(**changes)


def _cause(message: Message, kind: str) -> Notice:
    """Why it did not reach anybody, with what the other side said last."""
    latest = message.events.filter(kind=kind).last()
    return service_causes.BY_EVENT[kind](
        detail=latest.detail if latest and latest.detail else service_causes.NO_REASON
    )
