"""A person is erased: out of audiences, and out of what was taken down of them.

What was counted stays counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import batched

from django.db import transaction
from django.db.models import Q, QuerySet

from backoffice.audiences.taken_down import added, number_of_person
from backoffice.models import AudienceLine, Mailing, MailingPerson, Recipient

BATCH = 500


def erase(recipients: Iterable[Recipient]) -> None:
    """With the recipients themselves, in the caller's transaction: call it before they are deleted."""
    for some in batched(recipients, BATCH):
        addresses = [one.email.lower() for one in some]
        with transaction.atomic():
            AudienceLine.objects.filter(address__in=addresses).delete()
            of_them = Q(recipient__in=[one.pk for one in some]) | Q(address__in=addresses)
            taken_down = MailingPerson.objects.filter(of_them)
            _take_out_of_sums(taken_down)
            taken_down.update(recipient=None, email="", address=None, name="", company="", zone="", values={})


def _take_out_of_sums(people: QuerySet[MailingPerson]) -> None:
    """What was approved stays approved: the mailing keeps what they were in its sum, which says of nobody."""
    of_mailings = people.exclude(address=None).values("mailing").order_by()
    # Mailings before their people, as freezing locks them.
    mailings = Mailing.objects.select_for_update().filter(pk__in=of_mailings).order_by("pk")
    kept = {one.pk: one for one in mailings.only("pk", "erased_sum")}
    for person in people.exclude(address=None):
        mailing = kept[person.mailing_id]
        mailing.erased_sum = added(mailing.erased_sum, number_of_person(person))
    Mailing.objects.bulk_update(kept.values(), ["erased_sum"])
