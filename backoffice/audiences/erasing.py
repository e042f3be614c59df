"""A person is erased: out of audiences, and out of what was taken down of them.

What was counted stays counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import batched

from django.db import transaction
from django.db.models import Q

from backoffice.models import AudienceLine, MailingPerson, Recipient

BATCH = 500


def erase(recipients: Iterable[Recipient]) -> None:
    """With the recipients themselves, in the caller's transaction: call it before they are deleted."""
    for some in batched(recipients, BATCH):
        addresses = [one.email.lower() for one in some]
        with transaction.atomic():
            AudienceLine.objects.filter(address__in=addresses).delete()
            of_them = Q(recipient__in=[one.pk for one in some]) | Q(address__in=addresses)
            MailingPerson.objects.filter(of_them).update(
                recipient=None, email="", address=None, name="", company="", zone="", values={}
            )
