"""Who gets emails: recipients, and those who asked for none."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import BigAutoField, Model, QuerySet

from backoffice.emails import causes
from backoffice.emails.errors import Refused
from backoffice.models import Recipient
from tasks_app.db.given_keys import was_given


def recipient_for(recipient_id: int) -> Recipient:
    """The recipient, ready to be written to. Raises Refused when deleted, opted out or unknown."""
    return welcome(Recipient.objects.filter(pk=row_number(recipient_id)).first(), recipient_id)


def welcome(recipient: Recipient | None, recipient_id: int) -> Recipient:
    """The same of a row that was looked for with this id."""
    if recipient is None:
        was_there = was_given(Recipient, row_number(recipient_id))
        raise Refused((causes.RECIPIENT_DELETED if was_there else causes.RECIPIENT_UNKNOWN)(id=recipient_id))
    if not recipient.active:
        raise Refused(causes.RECIPIENT_OPTED_OUT(recipient=recipient))
    return recipient


# A number of more digits is that of no row: Python reads none of 4,300 digits at all.
LONGEST_NUMBER = len(str(BigAutoField.MAX_BIGINT))


def row_number(given: Any) -> int:
    """An id as it stands in a job's arguments; raises Refused when it is none."""
    text = str(given)
    if not text.isdecimal() or len(text) > LONGEST_NUMBER or int(text) > BigAutoField.MAX_BIGINT:
        raise Refused(causes.NOT_A_ROW(given=_as_given(given)))
    return int(text)


def _as_given(argument: Any) -> str:
    """As the job's page shows it: a list is told from the number in it, and nothing from an empty text."""
    return argument if isinstance(argument, str) and argument else json.dumps(argument, default=repr)


def row_of[M: Model](rows: QuerySet[M], given: Any) -> M | None:
    """The row with this id as a job's argument has it; None for one that is gone, or is no id."""
    try:
        return rows.filter(pk=row_number(given)).first()
    except Refused:
        return None


def address_of(recipient_id: Any) -> str:
    """The recipient's bare address for lists and searches, "" when there is none."""
    recipient = row_of(Recipient.objects.only("email"), recipient_id)
    return recipient.email if recipient else ""


def oneself(user: Any, language: str) -> Recipient:
    """The recipient row of a person's own address; made when absent, and marked as a test address.

    Raises Refused without an address.
    """
    if not user.email:
        raise Refused(causes.NO_ADDRESS_OF_ONESELF())
    found = Recipient.objects.with_address(user.email).first()
    if found is not None:
        return recipient_for(found.pk)
    return Recipient.objects.create(
        email=user.email,
        name=user.get_full_name() or user.get_username(),
        language=language,
        for_tests=True,
    )
