"""What was written to one person: by their row, and to their address by whoever did not name the row.

It is read by key, newest first, from a range of an index for each way that leads to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from backoffice.models import Message, Recipient
from tasks_app.db.ranges import keys_of_each, newest_by

# Of a person who got more, the newest are counted.
COUNTED = 10_000
NEWEST_FIRST = ("-created_at", "-id")

type Ranges = Sequence[QuerySet[Message]]  # newest first; what names the recipient is in the first, if any


def ranges_of(recipient: Recipient) -> Ranges:
    """All of their messages, whatever the address was then; and those to the address of today that name
    nobody."""
    rows = Message.objects.order_by(*NEWEST_FIRST)
    unnamed = rows.filter(recipient=None)
    return [rows.filter(recipient=recipient), *(unnamed.filter(to=one) for one in _spellings(recipient))]


def messages_to(recipient: Recipient, rows: QuerySet[Message]) -> QuerySet[Message]:
    """Those of a list: nearly always all of them name the recipient, and an index has them in its order."""
    unnamed = Q(to__in=_spellings(recipient), recipient=None)
    if Message.objects.filter(unnamed).exists():
        return rows.filter(Q(recipient=recipient) | unnamed)
    return rows.filter(recipient=recipient)


def _spellings(recipient: Recipient) -> list[str]:
    return sorted({recipient.email, recipient.email.lower()})


def newest(ranges: Ranges, size: int) -> list[Message]:
    """So many of all ranges together, without their texts."""
    bare = Message.objects.order_by().defer("text", "html", "headers")
    found = bare.filter(pk__in=keys_of_each(ranges, size))
    return sorted(found, key=lambda one: (one.created_at, one.pk), reverse=True)[:size]


def counted_by_state(ranges: Ranges, recipient: Recipient | None) -> tuple[Counter[str], bool]:
    """How many there are in each state; and whether there are more than were counted."""
    same = ("recipient_id", recipient.pk) if recipient else None
    return newest_by("state", "created_at", ranges, COUNTED, same)
