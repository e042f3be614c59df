"""Everything that was sent, or should have been, to one person: by their address, and by their row.

Of whom nobody has a row any more, or who is a user and no recipient, the address says all. Read by key,
newest first, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from backoffice import spelling
from backoffice.emails.correspondence import NEWEST_FIRST, Ranges, newest
from backoffice.models import Message, MessageEvent, Recipient
from tasks_app.models import Job, State

PAGE = 25
COMING = 20  # jobs that are still to run, the first due


class NoKey(ValueError):
    """Where a page begins is said by a text that is none of ours."""


@dataclass(frozen=True, order=True)
class Key:
    """A message's place among all, newest first."""

    at: datetime
    id: UUID

    @classmethod
    def of(cls, message: Message) -> Key:
        return cls(message.created_at, message.pk)

    @classmethod
    def read(cls, text: str) -> Key:
        """Raises NoKey."""
        moment, _tilde, identity = text.partition("~")
        try:
            at, one = parse_datetime(moment), UUID(identity)
        except ValueError as error:
            raise NoKey(text) from error
        if at is None or not is_aware(at):
            raise NoKey(text)
        return cls(at, one)

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"


@dataclass(frozen=True)
class Person:
    """Somebody by an address; `recipient` is who has it now."""

    address: str
    recipient: Recipient | None = None
    spellings: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, address: str) -> Person:
        """By any spelling of the address."""
        recipient = Recipient.objects.with_address(address).first()
        known = recipient.email if recipient else ""
        # As it travels, as it is written, and as it was typed.
        spellings = {one for given in (address, known) if given for one in (given, spelling.address(given))}
        return cls(known or address, recipient, frozenset(spellings | {one.lower() for one in spellings}))

    def ranges(self) -> Ranges:
        """By the row, and by each spelling of the address, whomever the message names."""
        rows = Message.objects.order_by(*NEWEST_FIRST)
        named = [rows.filter(recipient=self.recipient)] if self.recipient else []
        return [*named, *(rows.filter(to=one) for one in sorted(self.spellings))]


@dataclass(frozen=True)
class Page:
    messages: list[Message]
    older: Key | None  # where the next page begins; None on the last


def page_of(person: Person, states: Collection[str] = (), before: Key | None = None) -> Page:
    """Messages in one of these states (all, where none is named), older than that key."""
    ranges = person.ranges()
    if states:
        ranges = [rows.filter(state__in=states) for rows in ranges]
    if before is not None:
        # The first bound is what an index is read from.
        older = Q(created_at__lt=before.at) | Q(created_at=before.at, id__lt=before.id)
        ranges = [rows.filter(created_at__lte=before.at).filter(older) for rows in ranges]
    found = newest(ranges, PAGE + 1)
    return Page(found[:PAGE], Key.of(found[PAGE - 1]) if len(found) > PAGE else None)


def events_of(messages: list[Message]) -> dict[UUID, list[MessageEvent]]:
    """What the mail service told of each, in its order."""
    told: dict[UUID, list[MessageEvent]] = {}
    for event in MessageEvent.objects.filter(message__in=[one.pk for one in messages]).order_by("at", "pk"):
        told.setdefault(event.message_id, []).append(event)
    return told


def coming(person: Person) -> list[Job]:
    """Jobs about this address that wait or run: what is still to come."""
    under_way = Job.objects.filter(about__in=person.spellings, state__in=(State.WAITING, State.RUNNING))
    return list(under_way.defer("args", "kwargs", "message").order_by("available_at", "pk")[:COMING])
