"""XLSX: the values of one sheet, row by row, as Excel last computed them.

openpyxl's parser of a sheet is used by itself: its own loop keeps something of every row that has a height,
and does not tell of rows that are hidden and formulas that were never computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import load_workbook
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from backoffice.people_lists.columns import names_a_list
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.limits import LAST_ROW, LONGEST_CELL, MOST_PARTS, MOST_SHEETS, MOST_UNPACKED
from backoffice.people_lists.rows import Lines, Row

# What a file within says of the whole.
WORKBOOK, BINARY_WORKBOOK, NUMBERS = "xl/workbook.xml", "xl/workbook.bin", "Index/Document.iwa"
NOT_COMPUTED = "#FORMULA"  # none of Excel's own errors
NAMED = 5  # hidden rows that are named
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # signs that XML has no place for (ECMA-376, ST_Xstring)

type Cells = list[dict[str, Any]]  # as openpyxl's parser gives them: those that a row has, in any number


def lines_of(content: IO[bytes]) -> Lines:
    """Raises UnreadableList for what is no workbook, or has addresses on several sheets or on none."""
    _refuse_others(content)
    try:
        workbook = load_workbook(content, read_only=True, data_only=True, keep_links=False)
        return _lines_of(workbook)
    except UnreadableList:
        raise
    except Exception as error:  # a parser of what strangers wrote raises whatever it trips over
        raise UnreadableList(_damaged()) from error


def _refuse_others(content: IO[bytes]) -> None:
    """By what the archive says of itself, before it is unpacked; zipfile reads no more of it than that."""
    try:
        parts = ZipFile(content).infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableList(_damaged()) from error
    names = {part.filename for part in parts}
    if WORKBOOK not in names:
        raise UnreadableList(_other_archive(names))
    unpacked = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS:
        raise UnreadableList(
            _(
                "This workbook is too large to be read here. Copy the list into a new workbook, or save "
                "its sheet as CSV, then upload that; or import it in several parts."
            )
        )


def _other_archive(names: set[str]) -> str:
    if NUMBERS in names:
        kind = _("a document of Numbers (.numbers)")
    elif "mimetype" in names and "content.xml" in names:
        kind = _("an OpenDocument file (.ods)")
    elif BINARY_WORKBOOK in names:
        kind = _("a binary workbook (.xlsb)")
    else:
        kind = _("an archive that holds no workbook")
    return _(
        "This is %(kind)s. Open it, save the list as “Excel workbook (.xlsx)” or as CSV, then upload that."
    ) % {"kind": kind}


def _damaged() -> str:
    return _(
        "This workbook is damaged: it cannot be read to its end. Open it in a spreadsheet, save it "
        "again, then upload that."
    )


def _lines_of(workbook: Any) -> Lines:
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"][:MOST_SHEETS]
    sheet, notes = _chosen(sheets)
    rows = _guarded(_rows(sheet, notes))
    header = next((row for row in rows if not row.is_blank), None)
    if header is None:
        raise UnreadableList(_("The file is empty: it has no line at all."))
    others = [other.title for other in workbook.worksheets if other is not sheet]
    if others:
        notes.append(
            _("Of this workbook the sheet “%(sheet)s” is read, and not: %(others)s.")
            % {
                "sheet": sheet.title,
                "others": get_text_list(others[:NAMED], _("and")),
            }
        )
    return Lines(header, rows, notes)


def _chosen(sheets: Sequence[Any]) -> tuple[Any, list[str]]:
    """The one that has addresses; where none has, the first, so that its reader is told what is missing."""
    if not sheets:
        raise UnreadableList(_("The file is empty: it has no line at all."))
    with_addresses = [sheet for sheet in sheets if len(sheets) == 1 or _has_addresses(sheet)]
    if len(with_addresses) > 1:
        titles = get_text_list([sheet.title for sheet in with_addresses[:NAMED]], _("and"))
        raise UnreadableList(
            _(
                "Several sheets of this workbook have addresses: %(titles)s. Put all people on one "
                "sheet, or save each sheet as a file of its own, then upload that."
            )
            % {"titles": titles}
        )
    return (with_addresses or sheets)[0], []


def _has_addresses(sheet: Any) -> bool:
    header = next((row for row in _rows(sheet, []) if not row.is_blank), None)
    return header is not None and names_a_list(header.cells) > 0


def _guarded(rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except UnreadableList:
        raise
    except Exception as error:  # as above: the sheet is parsed while it is read
        raise UnreadableList(_damaged()) from error


class _SheetParser(WorkSheetParser):  # type: ignore[misc]  # openpyxl has no types
    """Keeps nothing of a row, but which of those with cells are hidden."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hidden: list[int] = []

    def parse_row(self, row: Any) -> tuple[int, Cells]:
        number, cells = super().parse_row(row)
        self.row_dimensions.clear()
        if row.get("hidden") in ("1", "true") and any(cell["value"] is not None for cell in cells):
            self.hidden.append(number)
        return number, cells

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            cell |= {"data_type": "e", "value": NOT_COMPUTED}
        return cell


def _rows(sheet: Any, notes: list[str]) -> Iterator[Row]:
    """From the first row to the last that says something, with those in between that the file leaves out."""
    book = sheet.parent
    with book._archive.open(sheet._worksheet_path) as source:
        parser = _SheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        line = 0
        for number, cells in parser.parse():
            if number > LAST_ROW:
                raise UnreadableList(_damaged())
            row = _row(number, cells)
            if row.is_blank:
                continue
            for missing in range(line + 1, number):
                yield Row(missing, [])
            yield row
            line = number
    notes.extend(_notes_of(parser))


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


def _notes_of(parser: _SheetParser) -> Iterator[str]:
    if parser.hidden:
        lines = get_text_list([str(line) for line in parser.hidden[:NAMED]], _("and"))
        yield ngettext(
            "%(count)s hidden row is read like the others: %(lines)s.",
            "%(count)s hidden rows are read like the others, first of them %(lines)s.",
            len(parser.hidden),
        ) % {"count": len(parser.hidden), "lines": lines}
    if parser.merged_cells is not None and parser.merged_cells.mergeCell:
        yield _("Some cells are merged: what they say counts for the first row and column of each alone.")
