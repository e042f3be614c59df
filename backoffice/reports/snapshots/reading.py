"""A report as its snapshot has it: its sections, the rows behind a figure, its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from backoffice.models import Report, Snapshot
from backoffice.reports import registry
from backoffice.reports.base import Order
from backoffice.reports.looks.look import Look
from backoffice.reports.sections import Column, Pair, Row, Section, Table
from backoffice.reports.selection import Selection
from backoffice.reports.snapshots.codec import decode
from backoffice.reports.snapshots.taking import HEAD, LOGO, ROWS, SECTIONS, SHEET, SHEET_KEY, TABLE
from backoffice.reports.sources.finding import source_of
from backoffice.reports.sources.population import Population, unpack
from backoffice.reports.sources.source import Source


def kept_of(report: Report) -> Kept | None:
    """None of a report from before there were snapshots."""
    found = Snapshot.objects.filter(pk=report.pk).first()
    return Kept(report, found) if found else None


class Kept:
    def __init__(self, report: Report, snapshot: Snapshot) -> None:
        self.report, self.snapshot = report, snapshot

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.snapshot.order["made_at"])

    @cached_property
    def sections(self) -> list[Section]:
        """Long tables are without their rows: `rows_of_table` has them. A spreadsheet is one such table."""
        [data] = self._parts(SECTIONS) or [b""]
        return list(decode(unpack(data))) if data else [self._sheet()]

    @property
    def source_names(self) -> list[str]:
        """Of the rows that its figures count."""
        return [name for name in self.snapshot.counts if name != SHEET]

    def whole_sections(self) -> list[Section]:
        """With the rows of long tables."""
        return [self._filled(section) for section in self.sections]

    def rows_of_table(self, key: str, start: int, count: int) -> list[Row]:
        """Of a long table, from a row on."""
        return self._rows(f"{TABLE}:{key}", start, count)

    def length_of_table(self, key: str) -> int:
        return self._length(f"{TABLE}:{key}")

    def every_sheet_row(self) -> Iterator[Row]:
        for start in range(0, self.counts_of(SHEET)[0], ROWS):
            yield from self.rows_of_table(SHEET_KEY, start, ROWS)

    def sheet_head(self) -> tuple[list[str], list[int]]:
        """The labels of a spreadsheet's columns, and which of them add up to something."""
        [data] = self._parts(HEAD)
        columns, totals = unpack(data)
        return columns, totals

    def counts_of(self, name: str) -> tuple[int, int]:
        """How many rows are kept of a source or of the spreadsheet, and how many there were."""
        kept, total = self.snapshot.counts.get(name, (0, 0))
        return kept, total

    def source(self, name: str) -> Source | None:
        return source_of(name, self.made_at)

    def population(self, name: str) -> Population | None:
        """None of a source that was not kept, or that this version does not know."""
        source = self.source(name)
        if source is None or name not in self.snapshot.counts:
            return None
        kept, total = self.counts_of(name)
        found = Population([column.name for column in source.columns], total=total)
        for part in self._parts(name) if kept else []:
            found.take(part)
        return found

    def order(self) -> Order:
        """As it was given: raises CannotOrder where its type is no more, or takes no such order."""
        said, report = self.snapshot.order, self.report
        kind = registry.find(report.type)
        [logo] = self._parts(LOGO) or [b""]
        look = Look(said["company"], said["accent"], said["footer"], logo)
        parameters = kind.clean(order_parameters(report))
        moment = datetime.fromisoformat(said["moment"])
        return Order(kind, parameters, moment, self.made_at, said["made_by"], look, said["links"])

    def _sheet(self) -> Table:
        labels, _totals = self.sheet_head()
        whole = next((Selection(name) for name in self.source_names), None)
        columns = [Column(label, 0) for label in labels]
        return Table("", columns, [], empty="", whole=whole, key=SHEET_KEY)

    def _filled(self, section: Section) -> Section:
        match section:
            case Table():
                return self._filled_table(section)
            case Pair():
                return Pair(self._filled_table(section.left), self._filled_table(section.right))
            case _:
                return section

    def _filled_table(self, table: Table) -> Table:
        length = self.length_of_table(table.key)
        return replace(table, rows=self.rows_of_table(table.key, 0, length)) if length else table

    def _rows(self, name: str, start: int, count: int) -> list[Row]:
        first, last = start // ROWS, (start + count - 1) // ROWS
        found: list[Any] = []
        for data in self._parts(name, first, last):
            found += decode(unpack(data))
        skipped = start - first * ROWS
        return found[skipped : skipped + count]

    def _length(self, name: str) -> int:
        return sum(self.snapshot.parts.filter(name=name).values_list("rows", flat=True))

    def _parts(self, name: str, first: int = 0, last: int | None = None) -> list[bytes]:
        parts = self.snapshot.parts.filter(name=name, number__gte=first).order_by("number")
        if last is not None:
            parts = parts.filter(number__lte=last)
        return [bytes(data) for data in parts.values_list("data", flat=True)]


def order_parameters(report: Report) -> dict[str, Any]:
    """What it was ordered with: the days that a moving period came to are no part of the form."""
    return {name: value for name, value in report.parameters.items() if name not in ("first_day", "last_day")}
