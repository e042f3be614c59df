"""A file of people becomes an audience: looked at first, then kept, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import storage
from backoffice.audiences.file_lines import Judged, Reader, Variable, variables_of
from backoffice.audiences.lookalikes import Lookalikes
from backoffice.models import Audience, AudienceKind, AudienceLine, PeopleList
from backoffice.people_lists.files import csv_of
from backoffice.people_lists.labels import label_of
from backoffice.people_lists.reading import PeopleFile, read
from tasks_app.spreadsheets import meant

BATCH = 1_000
SHOWN = 50  # lines of each kind


@dataclass
class Look:
    """What a file would become."""

    variables: list[Variable]
    people: int = 0
    refused: int = 0
    blank: int = 0
    missing: Counter[str] = field(default_factory=Counter)  # by variable, people without a value
    shown: list[AudienceLine] = field(default_factory=list)  # the first of them; so below
    shown_refused: list[Judged] = field(default_factory=list)
    lookalikes: Lookalikes = field(default_factory=Lookalikes)
    notes: list[str] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        if one.person is not None:
            self._add_person(one.person)
        elif one.reasons:
            self.refused += 1
            if len(self.shown_refused) < SHOWN:
                self.shown_refused.append(one)
        else:
            self.blank += one.row.lines

    def _add_person(self, person: AudienceLine) -> None:
        self.people += 1
        self.missing.update(one.name for one in self.variables if one.name not in person.values)
        self.lookalikes.add(person.line, person.email)
        if len(self.shown) < SHOWN:
            self.shown.append(person)


def look(content: bytes) -> Look:
    """Read the whole file and keep nothing; raises UnreadableList."""
    file, variables, lines = _read(content)
    found = Look(variables)
    for one in lines:
        found.add(one)
    found.notes = file.notes
    return found


def refused_lines(content: bytes) -> bytes:
    """The refused lines as they came, as CSV, behind two columns: which line, what is wrong.

    Raises UnreadableList.
    """
    file, _variables, lines = _read(content)
    header = [_("Line"), _("What is wrong"), *file.columns.headers]
    refused = (one for one in lines if one.reasons)
    return csv_of(
        [header, *([str(one.row.line), reason(one), *map(meant, one.row.cells)] for one in refused)]
    )


def reason(one: Judged) -> str:
    """All that is wrong with a line."""
    labels = {"email", "name", "company", "language", "zone", "active"}
    return " ".join(
        _("%(column)s: %(problem)s")
        % {"column": label_of(name, {}) if name in labels else name, "problem": why}
        if name
        else why
        for name, why in one.reasons.items()
    )


def _read(content: bytes) -> tuple[PeopleFile, list[Variable], Iterator[Judged]]:
    file = read(content)
    variables = variables_of(file.columns)
    return file, variables, Reader(file.columns, variables).judged(file.rows())


def carry_out(people: PeopleList, audience: Audience) -> Audience:
    """Make the audience of what was looked at, unless that was done before: then that one.

    Raises UnreadableList or OSError where the file cannot be read any more, and IntegrityError where its
    owner has one of that name; then nothing has changed.
    """
    with transaction.atomic():
        if not PeopleList.objects.claim(people.pk, audience.owner):
            people.refresh_from_db()
            return Audience.objects.get(pk=people.figures.get("audience"))
        _file, variables, lines = _read(storage.read(people.file))
        audience.kind, audience.file_name = AudienceKind.FILE, people.file_name
        audience.variables = [[one.name, one.header] for one in variables]
        audience.save()
        for some in batched(lines, BATCH):
            _keep(audience, [one.person for one in some if one.person is not None])
        PeopleList.objects.filter(pk=people.pk).update(figures={"audience": audience.pk})
    return audience


def _keep(audience: Audience, people: list[AudienceLine]) -> None:
    for person in people:
        person.audience = audience
    AudienceLine.objects.bulk_create(people)


def values_of(person: AudienceLine, variables: list[Any]) -> list[str]:
    """What a page shows of somebody, in the order of the columns."""
    return [str(person.values.get(name, "")) for name, _header in variables]
