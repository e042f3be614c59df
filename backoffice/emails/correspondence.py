"""What was written to one person: by their row, and to their address by whoever did not name the row.

It is read by key, newest first, from a range of an index for each way that leads to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from backoffice.models import Message, Recipient
from tasks_app.db.ranges import columns_of_each, first_of_each

# Of a person who got more, the newest are counted.
COUNTED = 10_000
NEWEST_FIRST = ("-created_at", "-id")

type Ranges = Sequence[QuerySet[Message]]  # newest first; a message may be in two


def ranges_of(recipient: Recipient) -> Ranges:
    """All of their messages, whatever the address was then; and those to the address of today that name
    nobody."""
    rows = Message.objects.order_by(*NEWEST_FIRST)
    spellings = sorted({recipient.email, recipient.email.lower()})
    return [rows.filter(recipient=recipient), *(rows.filter(recipient=None, to=one) for one in spellings)]


def messages_to(recipient: Recipient) -> QuerySet[Message]:
    """The same as a condition, for a list that narrows it further."""
    by_id = [rows.order_by().values("pk") for rows in ranges_of(recipient)]
    return Message.objects.filter(Q(pk__in=by_id[0].union(*by_id[1:], all=True)))


def newest(ranges: Ranges, size: int) -> list[Message]:
    """So many of all ranges together, without their texts."""
    bare = [rows.defer("text", "html", "headers") for rows in ranges]
    found = first_of_each(bare, size)
    return sorted(found, key=lambda one: (one.created_at, one.pk), reverse=True)[:size]


def counted_by_state(ranges: Ranges) -> tuple[Counter[str], bool]:
    """How many there are in each state; and whether there are more than were counted."""
    found = columns_of_each(ranges, ("pk", "created_at", "state"), COUNTED + 1)
    if len(found) > COUNTED:
        found.sort(key=lambda row: row[1], reverse=True)
    return Counter(state for _pk, _created_at, state in found[:COUNTED]), len(found) > COUNTED
