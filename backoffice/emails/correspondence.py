"""What was written to one person: by their row, and to their address by whoever did not name the row."""

from __future__ import annotations

from collections import Counter

from django.db.models import Q, QuerySet

from backoffice.models import Message, Recipient

# Of a person who got more, the newest are counted.
COUNTED = 10_000


def messages_to(recipient: Recipient) -> QuerySet[Message]:
    """All of them, whatever the address was then; and those to the address of today that name nobody."""
    # By ids: two index ranges of one person each, where an OR beside an ORDER BY may walk all messages.
    mine = Message.objects.filter(recipient=recipient).order_by().values("pk")
    return Message.objects.filter(Q(pk__in=mine.union(_unnamed(recipient).values("pk"), all=True)))


def _unnamed(recipient: Recipient) -> QuerySet[Message]:
    spellings = {recipient.email, recipient.email.lower()}
    return Message.objects.filter(recipient=None, to__in=spellings).order_by()


def counted_by_state(recipient: Recipient) -> tuple[Counter[str], bool]:
    """How many there are in each state; and whether there are more than were counted."""
    newest = messages_to(recipient).order_by("-created_at", "-id")
    states = list(newest.values_list("state", flat=True)[: COUNTED + 1])
    return Counter(states[:COUNTED]), len(states) > COUNTED
