"""A second person reads a mailing before it is sent: what they approved is what is sent, or nothing is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction

from backoffice.mailings import causes
from backoffice.mailings.causes import MailingRefused
from backoffice.models import Mailing, MailingApproval, MailingState
from tasks_app.db import shared_time
from tasks_app.notices import Notice

# While it may still leave, or goes on leaving.
OPEN = (MailingState.FROZEN, MailingState.PAUSED)


def needs_approval(mailing: Mailing) -> bool:
    return bool(mailing.people > settings.MAILING_APPROVAL_ABOVE)


def approval_of(mailing: Mailing) -> MailingApproval | None:
    """The one that was not withdrawn."""
    return mailing.approvals.filter(withdrawn_at=None).first()


def why_not(mailing: Mailing, user: Any) -> Notice | None:
    """Why this person may not approve it; None where they may."""
    if mailing.state not in OPEN:
        return causes.WRONG_STATE(state=mailing.get_state_display())
    if mailing.created_by_id == user.pk and needs_approval(mailing):
        return causes.OWN_MAILING(threshold=settings.MAILING_APPROVAL_ABOVE)
    return None


def approve(mailing: Mailing, user: Any, digest: str) -> MailingApproval:
    """`digest` is of what this person read; raises MailingRefused. Twice is as once."""
    if (why := why_not(mailing, user)) is not None:
        raise MailingRefused(why)
    if not digest or digest != mailing.digest:
        raise MailingRefused(causes.NOT_WHAT_WAS_READ())
    given = MailingApproval(
        mailing=mailing, by=user, by_name=user.get_username(), at=shared_time.now(), digest=digest
    )
    given.signature = _signer().signature(_said(given))
    try:
        with transaction.atomic():
            given.save()
    except IntegrityError:  # another click, or another person
        found = approval_of(mailing)
        if found is None:
            raise
        return found
    return given


def withdraw(mailing: Mailing, user: Any) -> bool:
    """Whether there was one; what still waits then waits for another."""
    return bool(
        mailing.approvals.filter(withdrawn_at=None).update(withdrawn_at=shared_time.now(), withdrawn_by=user)
    )


def require(mailing: Mailing) -> None:
    """Raises MailingRefused where it needs an approval and has none that holds."""
    if not needs_approval(mailing):
        return
    found = approval_of(mailing)
    if found is None:
        raise MailingRefused(causes.NOT_APPROVED(threshold=settings.MAILING_APPROVAL_ABOVE))
    if found.digest != mailing.digest:
        raise MailingRefused(causes.CHANGED())
    try:
        _signer().unsign(f"{_said(found)}:{found.signature}")
    except BadSignature:
        raise MailingRefused(causes.FORGED_APPROVAL()) from None
    if found.by_id is not None and found.by_id == mailing.created_by_id:
        raise MailingRefused(causes.OWN_MAILING(threshold=settings.MAILING_APPROVAL_ABOVE))


def _said(approval: MailingApproval) -> str:
    return f"{approval.mailing_id}/{approval.by_name}/{approval.digest}"


def _signer() -> Signer:
    """Made anew, with the keys of now; SECRET_KEY_FALLBACKS are taken too."""
    return Signer(salt="backoffice.mailings.approval")
