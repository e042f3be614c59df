"""A message that can become no job leaves a failed one all the same, which shows what arrived.

Of a flood of them each process keeps so many a minute; the others are counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery.utils.saferepr import saferepr
from django.db import transaction
from django.db.models import F, Max, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from kombu.utils.uuid import uuid

from tasks_app.catalogue import UNREADABLE, kind_of
from tasks_app.db import shared_time
from tasks_app.db.text import is_storable, storable_text
from tasks_app.errors import CodedError
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.failure import Failure
from tasks_app.ledger.message_codec import arguments_as_json, representations
from tasks_app.ledger.reruns import tell_family
from tasks_app.ledger.slot_outcome import tell_slot_of
from tasks_app.ledger.unsuccessful import tell_kind_of
from tasks_app.logs.masking import MASK, PASSWORD_IN_URL
from tasks_app.models import Job, JobAttempt, MessageTally, State
from tasks_app.models.job import Origin
from tasks_app.notices import in_each_language

MOST_A_MINUTE = 30  # of refused messages, kept as rows by one process
LARGEST_KEPT = 64 * 1024  # bytes of what arrived
# In a row's message: what arrived, as a text. Such a row has no message that could be published.
RECEIVED = "received"
WHOLE = "whole"  # beside it: whether its arguments are the row's


class MessageRefused(CodedError):
    """A delivery that can become no job."""


@dataclass(frozen=True)
class Received:
    """What can be read of a message that is refused."""

    queue: str
    name: str = ""
    job_id: str = ""
    ours: bool = False  # published from a row of that id
    parts: Mapping[str, Any] = field(default_factory=dict)  # what it consists of, by name
    args: Any = None  # where they can be told
    kwargs: Any = None
    whole: bool = False  # nothing is wrong with it but that nobody here knows its task


def refused(queue: str, reason: object) -> MessageRefused:
    """The error of a message of that queue, for a reason: an error with a notice, or one in words."""
    told: object = reason
    if isinstance(reason, Promise):
        told = in_each_language(lambda: _as_sentence(str(reason)))
    elif not isinstance(reason, CodedError):
        told = _as_sentence(str(reason) or type(reason).__name__)
    return MessageRefused(causes.MESSAGE_REFUSED(queue=queue, reason=told))


def was_unreadable(job: Job) -> bool:
    """Whether the row stands for a message that nobody could read: there is nothing to run again."""
    return RECEIVED in job.message and not job.message.get(WHOLE)


def what_arrived(job: Job) -> str:
    return str(job.message.get(RECEIVED, ""))


def keep_refused(received: Received, error: Exception) -> Job:
    """Write the failed job of a refused message, under the message's own id where that is free."""
    now, failure = shared_time.now(), Failure.of(error)
    job = Job(
        id=received.job_id if received.job_id and is_storable(received.job_id) else uuid(),
        name=received.name if received.name and is_storable(received.name) else UNREADABLE,
        message={RECEIVED: _shown(received)},
        queue=storable_text(received.queue)[:255],
        state=State.FAILED,
        available_at=now,
        created_at=now,
        ended_at=now,
        origin=Origin.ADOPTED,
        **failure.as_columns(),
    )
    if received.whole:
        job.args, job.kwargs = arguments_as_json(job.name, received.args, received.kwargs)
        job.message[WHOLE] = True
    if Job.objects.filter(id=job.id).exists():
        job.id = uuid()
    with transaction.atomic():
        job.save(force_insert=True)
        JobAttempt.objects.create(
            job=job, number=1, outcome=JobAttempt.Outcome.FAILED, ended_at=now, **failure.as_fields()
        )
        tell_kind_of(job.id, failure.notice)
    return job


def fail_its_job(job_id: str, error: Exception) -> bool:
    """A job of ours whose own message is refused; False where it does not wait for it any more."""
    failure = Failure.of(error)
    with transaction.atomic():
        if not transitions.fail_waiting(job_id, failure):
            return False
        transitions.write_attempt(job_id, JobAttempt.Outcome.FAILED, failure)
        tell_slot_of(job_id)
        tell_family(job_id)
    return True


def count_messages(reason: MessageTally.Reason, number: int = 1) -> None:
    """Messages that leave no row of their own."""
    now = shared_time.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    tally = MessageTally.objects.filter(reason=reason, hour=hour)
    if not tally.update(count=F("count") + number, last_at=now):
        MessageTally.objects.bulk_create(
            [MessageTally(reason=reason, hour=hour, last_at=now)], ignore_conflicts=True
        )
        tally.update(count=F("count") + number, last_at=now)


@dataclass(frozen=True)
class Counted:
    label: str
    count: int
    last_at: datetime


def counted_since(moment: datetime) -> list[Counted]:
    """What was counted, by reason in words: how many, and the last of them."""
    found = (
        MessageTally.objects.filter(hour__gte=moment)
        .values("reason")
        .annotate(all=Sum("count"), last=Max("last_at"))
        .order_by("reason")
    )
    return [Counted(str(MessageTally.Reason(one["reason"]).label), one["all"], one["last"]) for one in found]


class Allowance:
    """How many more rows this process may write of refused messages in this minute."""

    def __init__(self) -> None:
        self.until, self.left = 0.0, 0

    def take(self) -> bool:
        now = time.monotonic()
        if now >= self.until:
            self.until, self.left = now + 60, MOST_A_MINUTE
        self.left -= 1
        return self.left >= 0


# --- what arrived, as a text -----------------------------------------------------------------------


def _shown(received: Received) -> str:
    """Cut, and without what may not be told."""
    parts = {name: value for name, value in received.parts.items() if value not in (None, "", {}, [])}
    kind = kind_of(received.name) if isinstance(received.name, str) else None
    if kind and kind.secret:
        parts = _without_secrets(received, parts)
    try:
        text = json.dumps(parts, indent=2, ensure_ascii=False, default=_text_of)
    except (RecursionError, ValueError, TypeError):  # nested for the sake of it
        text = saferepr(parts, maxlen=LARGEST_KEPT)
    return _cut(storable_text(PASSWORD_IN_URL.sub(rf"\g<before>{MASK}", text)))


def _without_secrets(received: Received, parts: dict[str, Any]) -> dict[str, Any]:
    """Of a kind with secret arguments: them masked, and nothing of them where they cannot be told apart."""
    headers = parts.get("headers")
    if isinstance(headers, Mapping):
        told = {name: value for name, value in headers.items() if name not in ("argsrepr", "kwargsrepr")}
        parts = parts | {"headers": told}
    try:
        shown: Any = representations(received.name, received.args or (), received.kwargs or {})
    except Exception:  # whatever they are: they are no arguments
        shown = MASK
    known = isinstance(received.args, list | tuple) and isinstance(received.kwargs, Mapping)
    return parts | {"body": shown if known else MASK}


def _text_of(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)


def _cut(text: str) -> str:
    whole = text.encode()
    if len(whole) <= LARGEST_KEPT:
        return text
    kept = whole[:LARGEST_KEPT].decode("utf-8", "ignore")
    return _("%(beginning)s … (cut after %(size)s)") % {
        "beginning": kept,
        "size": filesizeformat(LARGEST_KEPT),
    }


def _as_sentence(reason: str) -> str:
    reason = storable_text(reason.strip())[:500]
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."
