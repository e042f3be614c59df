"""The messages of a mailing: read as they wait, claimed right before their calls, recorded after them.

A claim and a record are one statement each for a handful of messages: what holds for one holds for each row
of it, and a worker that dies between them leaves no more than were under way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Lower

from backoffice.emails import causes, suppression
from backoffice.emails.causes import because
from backoffice.emails.deliver import committed
from backoffice.emails.errors import SendError
from backoffice.mailings.letters import Letter
from backoffice.models import (
    Mailing,
    MailingPerson,
    MailingState,
    Message,
    MessageState,
    Recipient,
    SendingHold,
    Suppression,
)
from tasks_app.db.prepared import Condition
from tasks_app.notices import Notice

_MESSAGE = Message._meta.db_table
_ID = Message._meta.pk


class Waiting(NamedTuple):
    """A message that waits, whose person it is, and why they get none, where that is so."""

    message: Message
    person: MailingPerson
    refused: Notice | None


class Claimed(NamedTuple):
    id: UUID
    attempt: int


class Sent(NamedTuple):
    """What the transport answered to one claim."""

    claimed: Claimed
    transport: str
    provider_id: str
    at: datetime


def read_waiting(mailing_id: int, most: int) -> list[Waiting]:
    """Some that wait, in no order: which of them is first is nobody's claim."""
    address = OuterRef("person__address")
    of_address = Recipient.objects.alias(small=Lower("email")).filter(small=address, active=False)
    rows = (
        Message.objects.queued()
        .filter(mailing=mailing_id)
        .order_by()
        .select_related("person")
        .only("id", "to", "attempt", "person")
        .annotate(
            opted_out=Exists(of_address),
            refuses=Subquery(Suppression.objects.filter(address=address).values("reason")[:1]),
        )
    )
    return [Waiting(one, one.person, _why_not(one)) for one in rows[:most] if one.person is not None]


def _why_not(message: Any) -> Notice | None:
    """Who opted out or was erased since it was taken down, and addresses that are not written to any more."""
    person = message.person
    if person.address is None:
        return causes.RECIPIENT_GONE()
    if message.opted_out or not person.active:
        return causes.RECIPIENT_OPTED_OUT(recipient=person.email)
    if message.refuses:
        return suppression.problem(Suppression(address=person.address, reason=message.refuses))
    return None


def close(message_id: UUID, state: MessageState, why: Notice, error_class: str) -> bool:
    """One that waits is settled before anything was asked."""
    closed = Message.objects.queued().filter(pk=message_id)
    return bool(closed.update(state=state, error_class=error_class, **because(why)))


def claim(
    mailing_id: int,
    letters: Sequence[tuple[UUID, Letter]],
    now: datetime,
    guard: Condition,
    *,
    despite_hold: bool = False,
) -> list[Claimed]:
    """queued → submitting, committed: those that may leave this very moment, each once."""
    rows, values = _values([(_key(key), letter.to, letter.subject) for key, letter in letters])
    is_held = f"EXISTS (SELECT 1 FROM {SendingHold._meta.db_table})"  # noqa: S608
    held = "" if despite_hold else f"AND NOT {is_held}"
    sql = f"""
UPDATE {_MESSAGE} SET state = '{MessageState.SUBMITTING}', attempt = attempt + 1, submitted_at = %(now)s,
    "to" = v.column2, subject = v.column3
FROM (VALUES {rows}) AS v
WHERE {_MESSAGE}.id = {_as_key("v.column1")} AND state = '{MessageState.QUEUED}'
    AND EXISTS (SELECT 1 FROM {Mailing._meta.db_table} g
        WHERE g.id = %(mailing)s AND g.state = '{MailingState.SENDING}')
    AND EXISTS (SELECT 1 FROM {MailingPerson._meta.db_table} p WHERE p.id = {_MESSAGE}.person_id
        AND p.address IS NOT NULL AND p.active
        AND NOT EXISTS (SELECT 1 FROM {Recipient._meta.db_table} r
            WHERE lower(r.email) = p.address AND NOT r.active)
        AND NOT EXISTS (SELECT 1 FROM {Suppression._meta.db_table} s
            WHERE s.address IN (p.address, lower(v.column2))))
    {held} AND {guard.sql}
RETURNING {_MESSAGE}.id, attempt
"""  # noqa: S608 - names are the models' own; values are apart from it
    moment = connection.ops.adapt_datetimefield_value(now)
    with committed(), connection.cursor() as cursor:
        cursor.execute(sql, {**values, **guard.values, "mailing": mailing_id, "now": moment})
        return [Claimed(_ID.to_python(key), attempt) for key, attempt in cursor.fetchall()]


def record_sent(answers: Collection[Sent]) -> int:
    """submitting → sent, each by its own attempt; one that was given up as lost meanwhile is sent as well."""
    if not answers:
        return 0
    moment = connection.ops.adapt_datetimefield_value
    rows, values = _values(
        [
            (_key(one.claimed.id), one.claimed.attempt, one.transport, one.provider_id, str(moment(one.at)))
            for one in answers
        ]
    )
    at = "CAST(v.column5 AS timestamptz)" if connection.vendor == "postgresql" else "v.column5"
    attempt = "CAST(v.column2 AS integer)"
    sql = f"""
UPDATE {_MESSAGE} SET state = '{MessageState.SENT}', transport = v.column3, provider_id = v.column4,
    sent_at = {at}, error = '', error_class = '', cause = NULL, cause_params = NULL
FROM (VALUES {rows}) AS v
WHERE {_MESSAGE}.id = {_as_key("v.column1")} AND attempt = {attempt}
    AND state IN ('{MessageState.SUBMITTING}', '{MessageState.UNKNOWN}')
"""  # noqa: S608
    with committed(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def record_error(claimed: Claimed, state: MessageState, error: SendError) -> None:
    """What an error means for one that was claimed."""
    Message.objects.filter(pk=claimed.id).held_by(claimed.attempt).update(
        state=state, error_class=type(error).__name__, **because(error.notice)
    )


def _values(rows: Sequence[tuple[Any, ...]]) -> tuple[str, dict[str, Any]]:
    """The list of VALUES, whose columns both databases call column1, column2 …; and what stands in it."""
    values = {f"v{row}_{at}": value for row, columns in enumerate(rows) for at, value in enumerate(columns)}
    listed = ", ".join(
        "(" + ", ".join(f"%(v{row}_{at})s" for at in range(len(columns))) + ")"
        for row, columns in enumerate(rows)
    )
    return listed, values


def _key(message_id: UUID) -> Any:
    return str(message_id) if connection.vendor == "postgresql" else message_id.hex


def _as_key(column: str) -> str:
    return f"CAST({column} AS uuid)" if connection.vendor == "postgresql" else column
