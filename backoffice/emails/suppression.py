"""Addresses that are not written to, because the mail service said why; a person may lift that."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from backoffice.models import Message, Suppression

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


def sentence(suppression: Suppression) -> str:
    """Why a message to it is not sent, and what to do."""
    told = {"address": suppression.address}
    if suppression.reason == Suppression.Reason.COMPLAINED:
        return (
            _(
                "%(address)s reported an earlier email as spam, so nothing is sent there any more. Ask its "
                "owner; only with their consent lift it under “Suppressed addresses”, then send again."
            )
            % told
        )
    return (
        _(
            "%(address)s takes no mail: an earlier email came back for good. Nothing was sent. Correct the "
            "recipient. Where the address works again, lift it under “Suppressed addresses”, then send again."
        )
        % told
    )
