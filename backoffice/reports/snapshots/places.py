"""Figures by their place in a document: section, then series or row, then label or column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.reports.formatting import lines_of
from backoffice.reports.sections import Chart, Definitions, Figures, Pair, Section, Share, Table
from backoffice.reports.selection import Selection

ALL = "all"  # in place of a row: all that a table is made of


@dataclass(frozen=True)
class Placed:
    """A figure: how it is called, from the outside in, what it says, and which rows it counts."""

    place: str
    names: tuple[str, ...]
    value: Any
    behind: Selection | None
    definition: str = ""

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, int | float | timedelta | Share)

    @property
    def said(self) -> str:
        """Its value, for the eye."""
        return text_of(self.value)


def text_of(value: Any) -> str:
    return " ".join(text for text, _marks in lines_of(value))


def figures_in(sections: Sequence[Section]) -> Iterator[Placed]:
    """All figures of a document, but for those of the rows of long tables."""
    for section in sections:
        match section:
            case Figures():
                yield from _of_figures(section)
            case Chart():
                yield from _of_chart(section)
            case Table():
                yield from _of_table(section)
            case Pair():
                yield from _of_table(section.left)
                yield from _of_table(section.right)


def find(sections: Sequence[Section], place: str) -> Placed | None:
    return next((one for one in figures_in(sections) if one.place == place and one.behind), None)


def _of_figures(section: Figures) -> Iterator[Placed]:
    for number, one in enumerate(section.figures):
        place = f"{section.key}-{number}"
        yield Placed(place, (str(one.label),), one.value, one.behind, str(one.definition))


def _of_chart(chart: Chart) -> Iterator[Placed]:
    for number, series in enumerate(chart.series):
        behind = series.behind or [None] * len(chart.labels)
        for at, (label, value, selected) in enumerate(zip(chart.labels, series.values, behind, strict=True)):
            names = (str(chart.title), str(series.label), str(label))
            yield Placed(f"{chart.key}-{number}-{at}", names, value, selected)


def _of_table(table: Table) -> Iterator[Placed]:
    title = str(table.title)
    if table.whole is not None:
        yield Placed(f"{table.key}-{ALL}", (title, str(_("all rows"))), "", table.whole)
    naming = next((at for at, column in enumerate(table.columns) if not column.number), 0)
    for number, cells in table.numbered_rows():
        name = lines_of(cells[naming][1])[0][0]
        for at, (column, value, behind) in enumerate(cells):
            names = (title, name) if at == naming else (title, name, str(column.label))
            yield Placed(f"{table.key}-{number}-{at}", names, value, behind, str(column.definition))


def definitions_of(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """(labels, what they count), each said once, in the order of the document."""
    labels: dict[str, list[str]] = {}
    for label, definition in _defined(sections):
        labels.setdefault(definition, []).append(label)
    return [(", ".join(of), definition) for definition, of in labels.items()]


def _defined(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """(label, definition) of each figure and column that has one."""
    found: dict[tuple[str, str], None] = {}
    for section in sections:
        match section:
            case Figures():
                found |= {(str(one.label), str(one.definition)): None for one in section.figures}
            case Table():
                found |= {(str(one.label), str(one.definition)): None for one in section.columns}
            case Pair():
                found |= dict.fromkeys(_defined([section.left, section.right]))
    return [one for one in found if one[1]]


def with_definitions(sections: Sequence[Section]) -> list[Section]:
    """And what each figure counts, at the end."""
    entries = definitions_of(sections)
    note = [Definitions(str(_("What the figures count")), entries)] if entries else []
    return [*sections, *note]
