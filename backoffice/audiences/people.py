"""The people of an audience, as of now: counted, a few of them shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from backoffice.audiences.conditions import question
from backoffice.audiences.subjects import subjects
from backoffice.models import (
    Audience,
    AudienceCondition,
    AudienceKind,
    AudienceLine,
    AudienceMember,
    Recipient,
    Suppression,
)
from tasks_app.db.among import Among

SAMPLE = 20


@dataclass(frozen=True)
class Counts:
    """Of everybody, those who will not be written to as things are; some are both."""

    people: int
    opted_out: int
    suppressed: int


def matching(conditions: Iterable[AudienceCondition]) -> QuerySet[Recipient]:
    """Recipients of whom all of it is so; raises InvalidCondition. Addresses for tests are nobody."""
    known = subjects()
    found: QuerySet[Recipient] = Recipient.objects.filter(for_tests=False)
    for condition in conditions:
        found = found.filter(question(condition, known))
    return found


def recipients_of(audience: Audience) -> QuerySet[Recipient]:
    """Of one that is made of recipients; raises InvalidCondition."""
    if audience.kind == AudienceKind.CHOSEN:
        chosen = AudienceMember.objects.filter(audience=audience).values("recipient")
        return Recipient.objects.filter(for_tests=False, pk__in=chosen)
    return matching(audience.conditions.all())


def people_of(audience: Audience) -> QuerySet[Any]:
    """Recipients, or the people of a file; raises InvalidCondition."""
    if audience.kind == AudienceKind.FILE:
        return AudienceLine.objects.filter(audience=audience)
    return recipients_of(audience)


def count(audience: Audience) -> Counts:
    """Raises InvalidCondition."""
    if audience.kind == AudienceKind.FILE:
        return _count_of_file(audience)
    return count_of(recipients_of(audience))


def count_of(recipients: QuerySet[Recipient]) -> Counts:
    found = recipients.order_by().aggregate(people=Count("pk"), opted_out=Count("pk", filter=Q(active=False)))
    return Counts(found["people"], found["opted_out"], _suppressed_among(recipients))


def _suppressed_among(recipients: QuerySet[Recipient]) -> int:
    """Beginning at the suppressed addresses, which are few: nobody else is asked of a second time."""
    refused = Suppression.objects.values("address")
    with_one = Recipient.objects.alias(address=Lower("email")).filter(address__in=refused)
    return recipients.order_by().filter(Among("pk", with_one.values_list("pk", flat=True))).count()


def _count_of_file(audience: Audience) -> Counts:
    lines = AudienceLine.objects.filter(audience=audience).order_by()
    gone = Recipient.objects.alias(small=Lower("email")).filter(small=OuterRef("address"), active=False)
    refused = Suppression.objects.values("address")
    return Counts(
        lines.count(), lines.filter(Exists(gone)).count(), lines.filter(address__in=refused).count()
    )


def sample_of(people: QuerySet[Any]) -> list[Any]:
    """The first of them as their addresses are ordered."""
    return list(people.order_by("email", "pk")[:SAMPLE])
