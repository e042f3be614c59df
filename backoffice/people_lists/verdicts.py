"""What becomes of each line of a list: somebody new, changed, as they were, rejected, or nothing.

Nothing is written here. Lines are judged a batch at a time, so that a long list costs a query for each
thousand of its lines and is never held whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import batched
from typing import Any

from django.utils.translation import gettext as _

from backoffice.models import Recipient
from backoffice.models.emails import RecipientQuerySet
from backoffice.people_lists.columns import FIELDS, Columns
from backoffice.people_lists.own import OWN
from backoffice.people_lists.rows import Row
from backoffice.people_lists.values import Values, Wrong, values_of
from backoffice.spelling import is_blank

BATCH = 1_000  # lines that are looked up at once
KEPT = (*FIELDS, "zone", "own", "for_tests")  # columns of somebody that a list may change


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REJECTED = "rejected"
    BLANK = "blank"


@dataclass(frozen=True)
class Verdict:
    row: Row
    outcome: Outcome
    recipient: Recipient | None = None  # as it would be; None where the line is rejected or blank
    stood: Values = field(default_factory=dict)  # what it replaces, by field; nothing for somebody new
    tags: tuple[str, ...] = ()  # that it adds; nobody loses one by a list
    reasons: Wrong = field(default_factory=dict)  # by field ("" for the whole line), why it is rejected
    returns: bool = False  # the line says yes for somebody who opted out


@dataclass
class Judge:
    """Judges lines against the recipients there are; `recipients` are looked up (and locked, by who writes).

    `may_return`: somebody who opted out gets emails again where the list says so. Without it nobody does
    (docs/decisions/0018): who exports a list today and imports it next month knows nothing of those who opted
    out meanwhile.
    """

    columns: Columns
    may_return: bool = False
    recipients: RecipientQuerySet = field(default_factory=Recipient.objects.all)
    lines: dict[str, int] = field(default_factory=dict)  # address → the line it first stands on

    def verdicts(self, rows: Iterable[Row]) -> Iterator[Verdict]:
        for some in batched(rows, BATCH):
            yield from self._of_batch(some)

    def _of_batch(self, rows: Iterable[Row]) -> list[Verdict]:
        read = [(row, *self._read(row)) for row in rows]
        addresses = [said["email"] for _row, said, wrong in read if "email" in said]
        those = self.recipients.prefetch_related("tags") if "tags" in self.columns.places else self.recipients
        known = {one.email.lower(): one for one in those.with_addresses(addresses)}
        return [self._of(row, said, wrong, known) for row, said, wrong in read]

    def _read(self, row: Row) -> tuple[Values, Wrong]:
        if row.is_blank:
            return {}, {}
        if row.fault:
            return {}, {"": row.fault}
        if surplus := self._surplus(row):
            return {}, {"": surplus}
        said, wrong = values_of(row.cells, self.columns)
        return said, wrong | self._unreadable(row)

    def _surplus(self, row: Row) -> str:
        """A comma without quotes parts a cell in two, and shifts what follows."""
        if all(map(is_blank, row.cells[self.columns.count :])):
            return ""
        count = max(place for place, cell in enumerate(row.cells, 1) if not is_blank(cell))
        return _(
            "The line has %(cells)s cells under %(columns)s columns. Put quotes around what has the "
            "delimiter in it."
        ) % {"cells": count, "columns": self.columns.count}

    def _unreadable(self, row: Row) -> Wrong:
        parts = {"given": "name", "family": "name", "opted_out": "active"}
        return {
            parts.get(meaning, meaning): row.faults[place]
            for meaning, place in self.columns.places.items()
            if place in row.faults
        }

    def _of(self, row: Row, said: Values, wrong: Wrong, known: dict[str, Recipient]) -> Verdict:
        if row.is_blank:
            return Verdict(row, Outcome.BLANK)
        email = said.get("email", "").lower()
        first = self.lines.setdefault(email, row.line) if email else row.line
        if first != row.line:
            wrong = {"email": _("This address stands on line %(line)s already.") % {"line": first}, **wrong}
        if wrong:
            return Verdict(row, Outcome.REJECTED, reasons=wrong)
        recipient = known.get(email)
        if recipient is None:
            tags = tuple(said.pop("tags", ()))
            return Verdict(row, Outcome.NEW, put(Recipient(), said), tags=tags)
        return self._known(row, said, recipient)

    def _known(self, row: Row, said: Values, recipient: Recipient) -> Verdict:
        returns = bool(said.get("active")) and not recipient.active
        if returns and not self.may_return:
            said = {name: value for name, value in said.items() if name != "active"}
        said["for_tests"] = False  # who stands on a list is to get what the list gets
        tags = self._missing_tags(recipient, said.pop("tags", ()))
        stood = {name: kept(recipient, name) for name in (*FIELDS, "for_tests", *said)}
        put(recipient, said)
        changed = any(stood[name] != value for name, value in said.items())
        outcome = Outcome.CHANGED if changed or tags else Outcome.SAME
        return Verdict(row, outcome, recipient, stood, tags, returns=returns)

    def _missing_tags(self, recipient: Recipient, said: Iterable[str]) -> tuple[str, ...]:
        if "tags" not in self.columns.places:
            return ()
        has = {tag.name.lower() for tag in recipient.tags.all()}
        return tuple(name for name in said if name.lower() not in has)


def kept(recipient: Recipient, name: str) -> Any:
    """What somebody has in a field, the house's own among them; None where it says nothing."""
    own = name.removeprefix(OWN)
    return recipient.own.get(own) if own != name else getattr(recipient, name)


def put(recipient: Recipient, said: Values) -> Recipient:
    """The same person as a line has them; nothing is written."""
    own = {name.removeprefix(OWN): value for name, value in said.items() if name.startswith(OWN)}
    for name, value in said.items():
        if not name.startswith(OWN):
            setattr(recipient, name, value)
    recipient.own = recipient.own | own
    return recipient


@dataclass
class Figures:
    """How many lines came out how; they add up to all lines below the names of the columns."""

    by_outcome: Counter[Outcome] = field(default_factory=Counter)
    returning: int = 0

    def add(self, verdict: Verdict) -> None:
        self.by_outcome[verdict.outcome] += verdict.row.lines
        self.returning += verdict.returns

    @property
    def lines(self) -> int:
        return self.by_outcome.total()

    @property
    def accepted(self) -> int:
        return self.by_outcome[Outcome.NEW] + self.by_outcome[Outcome.CHANGED]

    def as_json(self) -> dict[str, Any]:
        return {outcome.value: self.by_outcome[outcome] for outcome in Outcome} | {
            "returning": self.returning
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Figures:
        by_outcome = Counter({outcome: int(stored.get(outcome.value, 0)) for outcome in Outcome})
        return cls(by_outcome, int(stored.get("returning", 0)))
