"""How many links to a new password may be asked for in an hour: for one mailbox, and from one network.

Counted in the database, as failed sign-ins are, so that every web process sees the same; while it is away no
page is served, so nothing is let through uncounted. A mailbox is counted whether an account has it or not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.crypto import salted_hmac

from backoffice.models import PasswordLinkCount
from backoffice.sign_in.address import counted

WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Refusal:
    """No link before that moment. `whole_network`: whatever mailbox is named."""

    until: datetime
    whole_network: bool


def claim(mailbox: str, address: str | None) -> Refusal | None:
    """Count a request for this mailbox from this address; None where it may be served."""
    now = timezone.now()
    for digest, limit, whole_network in _counts(mailbox, address):
        if not _count_one(digest, limit, now):
            began_at = PasswordLinkCount.objects.values_list("began_at", flat=True).get(digest=digest)
            return Refusal(began_at + WINDOW, whole_network)
    return None


def _counts(mailbox: str, address: str | None) -> Iterator[tuple[str, int, bool]]:
    # All whose address nobody knows are counted as one network.
    yield _digest("network", counted(address) or ""), settings.PASSWORD_LINKS_PER_NETWORK, True
    yield _digest("mailbox", _folded(mailbox)), settings.PASSWORD_LINKS, False


def _count_one(digest: str, limit: int, now: datetime) -> bool:
    """One UPDATE whose WHERE is the limit, so that of many at once no more get through."""
    over = Q(began_at__lte=now - WINDOW)
    fresh = PasswordLinkCount(digest=digest, began_at=now, count=0)
    PasswordLinkCount.objects.bulk_create([fresh], ignore_conflicts=True)
    counted = PasswordLinkCount.objects.filter(over | Q(count__lt=limit), digest=digest).update(
        count=Case(When(over, then=Value(1)), default=F("count") + 1),
        began_at=Case(When(over, then=Value(now)), default=F("began_at")),
    )
    return counted == 1


def _folded(mailbox: str) -> str:
    """As Django compares the addresses of accounts: spellings that reach the same accounts count as one."""
    return unicodedata.normalize("NFKC", mailbox).casefold()


def _digest(what: str, value: str) -> str:
    return salted_hmac(f"password links: {what}", value, algorithm="sha256").hexdigest()
