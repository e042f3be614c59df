"""A snapshot, taken while a report is made: of the same moment as its figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from django.utils import timezone

from backoffice.models import Report, Snapshot, SnapshotPart
from backoffice.reports.base import Order
from backoffice.reports.sections import Behind, Chart, Figures, Pair, Row, Section, Sheet, Table
from backoffice.reports.snapshots.codec import encode, rows_as_json
from backoffice.reports.snapshots.versions import versions_of
from backoffice.reports.sources.finding import source_of
from backoffice.reports.sources.population import pack

# Names of parts; the others are those of sources.
SECTIONS, HEAD, LOGO, TABLE = "sections", "head", "logo", "table"
SHEET_KEY = "sheet"  # of the one table of a spreadsheet
SHEET = f"{TABLE}:{SHEET_KEY}"
ROWS = 500  # of a part of a long table or a spreadsheet: a page shows some of one
MOST_SHEET_ROWS = 50_000  # of a spreadsheet: one that has more cannot be made again from its snapshot


@dataclass
class Taken:
    """What will be kept beside a report; nothing of it is written before `save`."""

    read_at: datetime
    order: dict[str, Any]
    versions: dict[str, str]
    counts: dict[str, list[int]] = field(default_factory=dict)
    parts: list[SnapshotPart] = field(default_factory=list)

    def add(self, name: str, data: bytes, number: int = 0, rows: int = 0) -> None:
        self.parts.append(SnapshotPart(name=name, number=number, rows=rows, data=data))

    def add_sections(self, sections: Sequence[Section]) -> None:
        """The rows of long tables apart, so that a page need not read them all."""
        short = [_without_rows(section) for section in sections]
        self.add(SECTIONS, pack(encode(short)))
        for table in tables_of(sections):
            if table.is_long:
                self._add_rows(f"{TABLE}:{table.key}", table.rows)

    def add_sources(self, behind: Iterable[Behind], moment: datetime) -> None:
        """The rows that these figures count, of each source once."""
        for name in dict.fromkeys(one.source for one in behind if one):
            source = source_of(name, moment)
            if source is None:
                continue
            population = source.read()
            self.counts[name] = [len(population.rows), population.total]
            for number, (rows, data) in enumerate(population.packed()):
                self.add(name, data, number, rows)

    def watched(self, sheet: Sheet) -> Sheet:
        """The same spreadsheet, whose rows are kept as they pass, up to a bound."""
        self.add(HEAD, pack(encode([list(sheet.columns), list(sheet.totals)])))
        return replace(sheet, rows=self._kept(sheet.rows))

    def save(self, report: Report) -> None:
        """Database only, in the transaction that makes the report visible."""
        snapshot = Snapshot.objects.create(
            report=report,
            read_at=self.read_at,
            order=self.order,
            versions=self.versions,
            counts=self.counts,
        )
        for part in self.parts:
            part.snapshot = snapshot
        SnapshotPart.objects.bulk_create(self.parts, batch_size=100)

    def _add_rows(self, name: str, rows: Sequence[Row]) -> None:
        for number, some in enumerate(batched(rows, ROWS)):
            self.add(name, pack(rows_as_json(some)), number, len(some))

    def _kept(self, rows: Iterable[Row]) -> Iterator[Row]:
        kept, total, number, waiting = 0, 0, 0, list[Row]()
        for row in rows:
            total += 1
            if kept < MOST_SHEET_ROWS:
                kept += 1
                waiting.append(row)
                if len(waiting) == ROWS:
                    self.add(SHEET, pack(rows_as_json(waiting)), number, ROWS)
                    number, waiting = number + 1, []
            yield row
        if waiting:
            self.add(SHEET, pack(rows_as_json(waiting)), number, len(waiting))
        self.counts[SHEET] = [kept, total]


def begun(order: Order) -> Taken:
    """Of an order whose rows are about to be read."""
    look = order.look
    said = {
        "moment": order.moment.isoformat(),
        "made_at": order.made_at.isoformat(),
        "made_by": order.made_by,
        "links": order.links,
        "company": look.name,
        "accent": look.accent,
        "footer": look.footer,
    }
    taken = Taken(timezone.now(), said, versions_of(order.format))
    if look.logo:
        taken.add(LOGO, look.logo)
    return taken


def placed(sections: Sequence[Section]) -> list[Section]:
    """The same, each with its place in the document, which the addresses of its figures begin with."""
    found: list[Section] = []
    number = 0
    for section in sections:
        match section:
            case Pair():
                left = replace(section.left, key=str(number + 1))
                found.append(Pair(left, replace(section.right, key=str(number + 2))))
                number += 2
            case Figures() | Chart() | Table():
                number += 1
                found.append(replace(section, key=str(number)))
            case _:
                found.append(section)
    return found


def tables_of(sections: Iterable[Section]) -> Iterator[Table]:
    for section in sections:
        match section:
            case Table():
                yield section
            case Pair():
                yield section.left
                yield section.right


def all_behind(sections: Iterable[Section]) -> Iterator[Behind]:
    """What is behind each figure of a document."""
    for section in sections:
        match section:
            case Figures():
                yield from (figure.behind for figure in section.figures)
            case Chart():
                for series in section.series:
                    yield from series.behind
            case Table():
                yield section.whole
                for row in section.behind:
                    yield from row
            case Pair():
                yield from all_behind([section.left, section.right])


def _without_rows(section: Section) -> Section:
    match section:
        case Table() if section.is_long:
            return replace(section, rows=[], behind=())
        case Pair():
            return Pair(_without_table(section.left), _without_table(section.right))
        case _:
            return section


def _without_table(table: Table) -> Table:
    return replace(table, rows=[], behind=()) if table.is_long else table
