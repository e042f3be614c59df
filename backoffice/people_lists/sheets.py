"""A sheet of a workbook, row by row: the values that Excel last computed.

openpyxl's parser of rows and cells is used by itself: its own loop keeps something of every row that has a
height, makes objects of all that a sheet has besides, and does not tell of hidden rows and formulas without a
value.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl.worksheet._reader import FORMULA_TAG, MERGE_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.functions import iterparse

from backoffice.people_lists.errors import Damaged
from backoffice.people_lists.limits import LAST_ROW, LONGEST_CELL, MOST_HELD
from backoffice.people_lists.rows import Row

ROWS_LIE_IN = 2  # elements: the sheet, and its data
NOT_COMPUTED = "#FORMULA"  # none of Excel's own errors
NAMED = 5  # hidden rows that are named
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # signs that XML has no place for (ECMA-376, ST_Xstring)

type Cells = list[dict[str, Any]]  # as openpyxl's parser gives them: those that a row has, in any number


@dataclass(frozen=True)
class Sheet:
    """One of a workbook's, not read yet."""

    workbook: Any  # openpyxl's reader of it
    title: str
    path: str  # in the archive
    is_visible: bool


class _Parser(WorkSheetParser):  # type: ignore[misc]  # openpyxl has no types
    """Tells of a formula without a value, where openpyxl's own finds a cell without one."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            cell |= {"data_type": "e", "value": NOT_COMPUTED}
        return cell


@dataclass
class _Reading:
    parser: _Parser
    hidden: list[int] = field(default_factory=list)  # rows, of those that say something
    has_merged_cells: bool = False

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Each row with its number, of which nothing is kept; raises Damaged where one has no end."""
        opened: list[Any] = []  # elements
        held = 0
        for event, element in iterparse(self.parser.source, events=("start", "end")):
            if event == "start":
                opened.append(element)
                held += 1
                if held > MOST_HELD:
                    raise Damaged
                continue
            opened.pop()
            if element.tag == ROW_TAG:
                yield self._parsed(element)
            self.has_merged_cells |= element.tag == MERGE_TAG
            if len(opened) <= ROWS_LIE_IN:
                for done in (element, *opened):  # their parents would go on holding what is done with
                    done.clear()
                held = 0

    def _parsed(self, row: Any) -> tuple[int, Cells]:
        is_hidden = row.get("hidden") in ("1", "true")
        number, cells = self.parser.parse_row(row)
        self.parser.row_dimensions.clear()
        if is_hidden and any(cell["value"] is not None for cell in cells):
            self.hidden.append(number)
        return number, cells


def rows_of(sheet: Sheet, notes: list[str]) -> Generator[Row]:
    """From the first row to the last that says something; those that are empty in between come as one."""
    book = sheet.workbook.wb
    with sheet.workbook.archive.open(sheet.path) as source:
        parser = _Parser(
            source,
            sheet.workbook.shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        reading = _Reading(parser)
        line = 0
        for number, cells in reading.rows():
            if not line < number <= LAST_ROW:
                raise Damaged
            row = _row(number, cells)
            if row.is_blank:
                continue
            if number > line + 1:
                yield Row(line + 1, [], lines=number - line - 1)
            yield row
            line = number
    notes.extend(_notes_of(reading))


def _row(number: int, cells: Cells) -> Row:
    said = {cell["column"] - 1: cell for cell in cells if cell["value"] is not None}
    texts = [""] * (max(said, default=-1) + 1)
    faults: dict[int, str] = {}
    for place, cell in said.items():
        texts[place] = _text(cell["value"])
        if fault := _fault(cell, texts[place]):
            faults[place] = fault
    return Row(number, texts, faults)


def _fault(cell: dict[str, Any], text: str) -> str:
    if cell["data_type"] == "e" and cell["value"] == NOT_COMPUTED:
        return _(
            "It holds a formula that was never computed. Open the file in a spreadsheet and save it again."
        )
    if cell["data_type"] == "e":
        return _("It holds the error %(error)s of a formula. Mend it, or write the value.") % {"error": text}
    return (
        _("It is longer than %(limit)s characters.") % {"limit": LONGEST_CELL}
        if len(text) > LONGEST_CELL
        else ""
    )


def _text(value: Any) -> str:
    """A value as people would write it: 12 and not 12.0, a day without a time that is none."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if not (value.hour or value.minute or value.second):
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
        case _:
            return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))


def _notes_of(reading: _Reading) -> Iterator[str]:
    if reading.hidden:
        lines = get_text_list([str(line) for line in reading.hidden[:NAMED]], _("and"))
        yield ngettext(
            "%(count)s hidden row is read like the others: %(lines)s.",
            "%(count)s hidden rows are read like the others, first of them %(lines)s.",
            len(reading.hidden),
        ) % {"count": len(reading.hidden), "lines": lines}
    if reading.has_merged_cells:
        yield _("Some cells are merged: what they say counts for the first row and column of each alone.")
