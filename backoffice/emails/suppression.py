"""Addresses that are not written to, because the mail service said why; a person may lift that."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower

from backoffice.emails import causes
from backoffice.models import Message, Suppression
from tasks_app.notices import Notice

# For queries of messages: whether the address is suppressed.
TO_SUPPRESSED = Exists(Suppression.objects.filter(address=Lower(OuterRef("to"))))


def of_address(email: str) -> Suppression | None:
    return Suppression.objects.filter(address=email.lower()).first()


def suppress(message: Message, reason: Suppression.Reason, detail: str) -> None:
    """Write no more to the address of this message. A complaint outweighs a bounce; the first date stays."""
    found, made = Suppression.objects.get_or_create(
        address=message.to.lower(), defaults={"reason": reason, "detail": detail, "message": message}
    )
    if not made and reason == Suppression.Reason.COMPLAINED != found.reason:
        Suppression.objects.filter(pk=found.pk).update(reason=reason, detail=detail, message=message)


def lift(suppression: Suppression) -> bool:
    """The address gets emails again; False when somebody lifted it before."""
    deleted, _models = Suppression.objects.filter(pk=suppression.pk).delete()
    return bool(deleted)


def problem(suppression: Suppression) -> Notice:
    """Why a message to it is not sent, and what to do."""
    complained = suppression.reason == Suppression.Reason.COMPLAINED
    cause = causes.ADDRESS_COMPLAINED if complained else causes.ADDRESS_BOUNCED
    return cause(address=suppression.address)
