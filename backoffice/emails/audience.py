"""Who gets emails: recipients, and those who asked for none."""

from __future__ import annotations

from typing import Any

from django.db.models import BigAutoField
from django.utils.translation import gettext as _

from backoffice.emails.errors import Refused
from backoffice.models import Recipient


def recipient_for(recipient_id: int) -> Recipient:
    """The recipient, ready to be written to. Raises Refused when deleted or opted out meanwhile."""
    return welcome(Recipient.objects.filter(pk=row_number(recipient_id)).first(), recipient_id)


def welcome(recipient: Recipient | None, recipient_id: int) -> Recipient:
    """The same of a row that was looked for with this id."""
    if recipient is None:
        raise Refused(
            _(
                "Recipient %(id)s does not exist any more: it was deleted while this email waited. "
                "Nothing was sent. Choose another recipient and send again."
            )
            % {"id": recipient_id}
        )
    if not recipient.active:
        raise Refused(
            _(
                "%(recipient)s asked for no more emails (the recipient is not active). Nothing was sent. "
                "Make the recipient active again if that is a mistake, then run the job again."
            )
            % {"recipient": recipient}
        )
    return recipient


def row_number(given: Any) -> int:
    """An id as it stands in a job's arguments; raises Refused when it is none."""
    if not str(given).isdecimal() or int(given) > BigAutoField.MAX_BIGINT:
        raise Refused(
            _("“%(given)s” is not the number of a row. Correct the arguments, then run the job again.")
            % {"given": given}
        )
    return int(given)


def address_of(recipient_id: Any) -> str:
    """The recipient's bare address for lists and searches, "" when there is none."""
    if not str(recipient_id).isdecimal():
        return ""
    found = Recipient.objects.filter(pk=recipient_id).values_list("email", flat=True).first()
    return found or ""


def oneself(user: Any, language: str) -> Recipient:
    """The recipient row of a person's own address; made when absent, and marked as a test address.

    Raises Refused without an address.
    """
    if not user.email:
        raise Refused(
            _(
                "Your account has no email address, so no test can be sent to you. "
                "Ask an administrator to add one, then try again."
            )
        )
    found = Recipient.objects.with_address(user.email).first()
    if found is not None:
        return recipient_for(found.pk)
    return Recipient.objects.create(
        email=user.email,
        name=user.get_full_name() or user.get_username(),
        language=language,
        for_tests=True,
    )
