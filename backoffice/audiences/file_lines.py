"""What becomes of each line of an uploaded audience: a person with a value for each column, or refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from backoffice.emails.render import RESERVED_WORDS
from backoffice.models import AudienceLine, RecipientField
from backoffice.people_lists.columns import Columns
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.own import OWN, read_value
from backoffice.people_lists.rows import Row
from backoffice.people_lists.values import Wrong, values_of
from backoffice.spelling import is_blank
from tasks_app.spreadsheets import UNSEEN, meant

LONGEST = 2_000  # characters of a value
LONGEST_NAME = 40  # of a variable
# Columns that say who somebody is. All others are variables.
PERSON = frozenset({"email", "name", "given", "family", "company", "language", "zone", "active", "opted_out"})
# What a spreadsheet evaluates; a number or a telephone with its sign is none.
_FORMULA = re.compile(rf"[\s{UNSEEN}]*(?P<sign>[=@＝＠]|[+\-＋－](?![\d\s.,(]))")
_HEADER = re.compile(r"[\r\n]+[ \t]*[A-Za-z][A-Za-z-]*:")
_NO_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Variable:
    name: str  # as templates say it
    header: str  # as the file calls it
    place: int
    own: RecipientField | None = None


@dataclass(frozen=True)
class Judged:
    row: Row
    person: AudienceLine | None = None
    reasons: Wrong = field(default_factory=dict)  # by column ("" for the whole line), why it is refused


def variables_of(columns: Columns) -> list[Variable]:
    """Each column that says not who, but what; raises UnreadableList where two would be one word."""
    meanings = {place: meaning for meaning, place in columns.places.items()}
    found: dict[str, Variable] = {}
    for place, header in enumerate(columns.headers):
        meaning = meanings.get(place, "")
        if meaning in PERSON or not header:
            continue
        own = columns.own.get(meaning)
        one = Variable(own.name if own else name_of(header, place), header, place, own)
        if one.name in found:
            raise UnreadableList(
                _(
                    "Two columns are the same word for emails: “%(first)s” and “%(second)s”. Rename one of "
                    "them, then upload the file again."
                )
                % {"first": found[one.name].header, "second": header}
            )
        found[one.name] = one
    return list(found.values())


def name_of(header: str, place: int) -> str:
    """“Montant dû (€)” is montant_du; a name that templates use already, or none, gets one of its own."""
    parted = unicodedata.normalize("NFKD", header).casefold()
    plain = "".join(sign for sign in parted if not unicodedata.combining(sign))
    name = _NO_NAME.sub("_", plain).strip("_")[:LONGEST_NAME].strip("_")
    if not name:
        return f"column_{place + 1}"
    return f"column_{name}" if name in RESERVED_WORDS or name[0].isdigit() else name


@dataclass
class Reader:
    """Judges lines one by one; an address that stood before is refused."""

    columns: Columns
    variables: list[Variable]
    first_lines: dict[str, int] = field(default_factory=dict)  # address → the line it first stands on

    def judged(self, rows: Iterable[Row]) -> Iterator[Judged]:
        for row in rows:
            yield self._of(row)

    def _of(self, row: Row) -> Judged:
        if row.is_blank:
            return Judged(row)
        if row.fault:
            return Judged(row, reasons={"": row.fault})
        if not all(map(is_blank, row.cells[self.columns.count :])):
            return Judged(row, reasons={"": _("The line has more cells than there are columns.")})
        said, wrong = values_of(row.cells, self.columns)
        wrong = {name: why for name, why in wrong.items() if name != "tags" and not name.startswith(OWN)}
        values, misread = self._values(row)
        wrong |= misread | self._dangers(row)
        if said.get("active") is False:
            wrong["active"] = _("The list says that this person opted out.")
        address = said.get("email", "").lower()
        first = self.first_lines.setdefault(address, row.line) if address else row.line
        if first != row.line:
            wrong = {"email": _("This address stands on line %(line)s already.") % {"line": first}}
        return Judged(row, reasons=wrong) if wrong else Judged(row, self._person(row, said, values))

    def _person(self, row: Row, said: dict[str, Any], values: dict[str, Any]) -> AudienceLine:
        known = {name: said[name] for name in ("name", "company", "language", "zone") if name in said}
        email = said["email"]
        return AudienceLine(line=row.line, email=email, address=email.lower(), values=values, **known)

    def _values(self, row: Row) -> tuple[dict[str, Any], Wrong]:
        """A blank cell says nothing: its variable is missing for this person."""
        values: dict[str, Any] = {}
        wrong: Wrong = {}
        for one in self.variables:
            text = meant(row.cells[one.place].strip()) if one.place < len(row.cells) else ""
            if is_blank(text):
                continue
            try:
                values[one.name] = _value(one, text)
            except ValidationError as error:
                wrong[one.header] = " ".join(error.messages)
        return values, wrong

    def _dangers(self, row: Row) -> Wrong:
        """What would be more than text to a spreadsheet or to an email's header; what cannot be read."""
        wrong: Wrong = {}
        for place, cell in enumerate(row.cells[: self.columns.count]):
            header = self.columns.headers[place]
            if place in row.faults:
                wrong[header] = row.faults[place]
            elif _HEADER.search(cell):
                wrong[header] = _("A line break and then what looks like the header of an email: delete it.")
            elif begins := _FORMULA.match(meant(cell.strip())):
                wrong[header] = _("It begins like a formula (“%(sign)s”): write it as text.") % {
                    "sign": begins["sign"]
                }
        return wrong


def _value(variable: Variable, text: str) -> Any:
    if variable.own is not None:
        return read_value(variable.own, text)
    if len(text) > LONGEST:
        raise ValidationError(
            _("Write at most %(limit)s characters here; it has %(count)s.")
            % {"limit": LONGEST, "count": len(text)}
        )
    return text
