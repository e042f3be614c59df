"""The people of a mailing get their messages: a row each, by one statement for the next of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from backoffice.emails import causes
from backoffice.emails.causes import because
from backoffice.models import Mailing, MailingPerson, MailingState, Message, MessageState
from tasks_app.db.prepared import typed

STEP = 2_000  # people: so many wait at most when a mailing is stopped

_NEW_KEY = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
# Of a person who was erased: their message says so, and goes nowhere.
_OF_NOBODY = {"state", "error", "error_class", "cause"}


def step(mailing_id: int) -> int:
    """Messages for the next people of one that is being sent; how many."""
    with transaction.atomic():
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        if mailing.state != MailingState.SENDING:
            return 0
        beyond = MailingPerson.objects.filter(mailing=mailing_id, pk__gt=mailing.prepared_until)
        last = beyond.order_by("pk")[:STEP].aggregate(last=Max("pk"))["last"]
        if last is None:
            return 0
        written = _insert(mailing, last)
        mailing.prepared += written
        mailing.prepared_until = last
        mailing.save(update_fields=["prepared", "prepared_until"])
    return written


def _insert(mailing: Mailing, last: int) -> int:
    gone = {"state": MessageState.FAILED, "error_class": "Refused", **because(causes.RECIPIENT_GONE())}
    every = Message(
        mailing=mailing,
        template_id=mailing.template_id,
        template_name=mailing.template_name,
        sender=mailing.sender,
        subject=mailing.subject if "{" not in mailing.subject else "",
        created_at=timezone.now(),
    )
    values = {
        f.column: f.get_db_prep_save(getattr(every, f.attname), connection) for f in _given_columns()
    } | {f"gone_{name}": value for name, value in gone.items() if name in _OF_NOBODY}
    bounds = {"mailing": mailing.pk, "after": mailing.prepared_until, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_insertion(connection.vendor), values | bounds)
        return int(cursor.rowcount)


def _given_columns() -> list[Any]:
    own = {"id", "recipient_id", "person_id", "to"}
    return [field for field in Message._meta.concrete_fields if field.column not in own]


@cache
def _insertion(vendor: str) -> str:
    selected = {
        "id": _NEW_KEY[vendor],
        "recipient_id": "p.recipient_id",
        "person_id": "p.id",
        '"to"': "p.email",
    }
    for field in _given_columns():
        value = typed(field)
        if field.column in _OF_NOBODY:
            value = (
                f"CASE WHEN p.address IS NULL THEN {typed(field, f'gone_{field.column}')} ELSE {value} END"
            )
        selected[f'"{field.column}"'] = value
    return f"""
INSERT INTO {Message._meta.db_table} ({", ".join(selected)})
SELECT {", ".join(selected.values())} FROM {MailingPerson._meta.db_table} p
WHERE p.mailing_id = %(mailing)s AND p.id > %(after)s AND p.id <= %(last)s
ORDER BY p.id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - names are the models' own
