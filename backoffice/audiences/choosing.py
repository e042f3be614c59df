"""Recipients chosen one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from backoffice import spelling
from backoffice.models import Audience, AudienceMember, MailingState, Recipient

MOST_TYPED = 5_000  # addresses of one form


@dataclass
class Chosen:
    added: int = 0
    known: int = 0  # that were in it
    strangers: list[str] = field(default_factory=list)  # addresses that no recipient has


def is_being_frozen(audience: Audience) -> bool:
    """Whether a mailing takes it down just now: meanwhile it stays as it is."""
    return bool(audience.pk) and audience.mailings.filter(state=MailingState.FREEZING).exists()


def add(audience: Audience, recipients: Sequence[Any]) -> Chosen:
    """Recipients by their keys; each is in it once."""
    with transaction.atomic():
        before = AudienceMember.objects.filter(audience=audience, recipient__in=recipients).count()
        AudienceMember.objects.bulk_create(
            [AudienceMember(audience=audience, recipient_id=key) for key in recipients],
            ignore_conflicts=True,
            batch_size=500,
        )
    return Chosen(len(recipients) - before, before)


def addresses_in(text: str) -> list[str]:
    """One a line, or parted by commas or semicolons; each once."""
    parts = text.replace(",", "\n").replace(";", "\n").splitlines()
    return list(dict.fromkeys(address for part in parts if (address := spelling.address(part))))


def add_addresses(audience: Audience, addresses: Iterable[str]) -> Chosen:
    """Those that recipients have; the others are told."""
    given = list(addresses)
    found = {
        one.email.lower(): one.pk for one in Recipient.objects.with_addresses(given) if not one.for_tests
    }
    done = add(audience, list(found.values()))
    done.strangers = [one for one in given if one.lower() not in found]
    return done


def remove(audience: Audience, recipients: Sequence[Any]) -> int:
    count, _by_model = AudienceMember.objects.filter(audience=audience, recipient__in=recipients).delete()
    return count
