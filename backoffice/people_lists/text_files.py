"""CSV as spreadsheets and address books write it: any usual delimiter, encoding and line end.

A quote that is not closed would swallow the lines behind it, and a comma without quotes shifts the cells:
neither is guessed at. The file is refused with the line of the quote, the line with the comma is rejected.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from django.utils.translation import gettext as _

from backoffice import spelling
from backoffice.people_lists.columns import meaning_of, names_a_list, place_of_addresses
from backoffice.people_lists.encodings import UNREADABLE, decoded
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.limits import LONGEST_CELL, MOST_CELLS
from backoffice.people_lists.rows import Lines, Row

DELIMITERS = ",;\t|"
LOOKED_AT = 10  # lines, and characters of each, to find the delimiter
LOOKED_AT_OF_EACH = 10_000
# Excel obeys such a first line, and shows it to nobody.
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|:^~])"?[ ,;\t]*', re.IGNORECASE)
_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f]")  # no text begins with such signs


def lines_of(content: bytes) -> Lines:
    """Raises UnreadableList for what is no text, or has no line that says something."""
    text, notes = decoded(content)
    if _CONTROL.search(text[:1_000]):
        raise UnreadableList(no_list())
    if "\x00" in text:
        raise UnreadableList(_holds_nul(text))
    declared = _SEPARATOR_LINE.fullmatch(text.partition("\n")[0])
    if declared:
        text = text.partition("\n")[2]
    delimiter = declared[1] if declared else delimiter_of(text)
    records = _records(text, delimiter, 1 if declared else 0)
    header = next((row for row in records if not row.is_blank), None)
    if header is None:
        raise UnreadableList(_("The file is empty: it has no line at all."))
    return Lines(header, _with_swallowed_told(records, header, delimiter), notes)


def _holds_nul(text: str) -> str:
    return _(
        "Line %(line)s holds a sign that no text has (NUL). Delete it there, or save the list as CSV "
        "again, then upload the file again."
    ) % {"line": text.count("\n", 0, text.index("\x00")) + 1}


def no_list() -> str:
    return _(
        "This file is neither a CSV file nor an Excel workbook (.xlsx). In a spreadsheet, save the list "
        "as one of them, then upload that."
    )


def delimiter_of(text: str) -> str:
    """The sign that parts the first line into columns we know; of several, the most frequent one."""
    head = [line[:LOOKED_AT_OF_EACH] for line in islice(_said(text), LOOKED_AT)]

    def worth(delimiter: str) -> tuple[int, int, int]:
        cells = next(csv.reader(head[:1], delimiter=delimiter, skipinitialspace=True), [])
        known = sum(1 for cell in cells if meaning_of(cell))
        return names_a_list(cells), known, sum(line.count(delimiter) for line in head)

    return max(DELIMITERS, key=worth)


def _said(text: str) -> Iterator[str]:
    return (line for line in io.StringIO(text) if line.strip())


def _records(text: str, delimiter: str, before: int) -> Iterator[Row]:
    """Each record with the line it begins on; a quoted cell may hold several lines."""
    reader = csv.reader(
        _bounded(io.StringIO(text), delimiter, before),
        delimiter=delimiter,
        strict=True,
        skipinitialspace=True,
    )
    line = before + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableList(_broken(line, error)) from error
        yield Row(line, cells, _faults(cells))
        line = before + reader.line_num + 1


def _bounded(lines: Iterator[str], delimiter: str, before: int) -> Iterator[str]:
    """Refuse a line before it becomes more cells than any list has."""
    for number, line in enumerate(lines, before + 1):
        if line.count(delimiter) >= MOST_CELLS:
            raise UnreadableList(
                _(
                    "Line %(line)s has more than %(limit)s cells: this is no list of people. Look at the "
                    "file, then upload it again."
                )
                % {"line": number, "limit": MOST_CELLS}
            )
        yield line


def _broken(line: int, error: csv.Error) -> str:
    if "limit" in str(error):
        return _(
            'A cell that begins on line %(line)s is longer than %(limit)s characters. Often a quote (") '
            "is opened there and never closed: close or remove it, then upload the file again."
        ) % {"line": line, "limit": LONGEST_CELL}
    return _(
        'Line %(line)s opens a quote (") that is not closed, or is followed by more text. So it cannot '
        "be said where its cell ends, and nothing is imported. Put quotes around the whole cell, or "
        "remove them, then upload the file again."
    ) % {"line": line}


def _faults(cells: Sequence[str]) -> dict[int, str]:
    faults: dict[int, str] = {}
    for place, cell in enumerate(cells):
        if UNREADABLE in cell:
            faults[place] = _("A sign of it cannot be read. Write it again, and save the file as UTF-8.")
        elif len(cell) > LONGEST_CELL:
            faults[place] = _("It is longer than %(limit)s characters.") % {"limit": LONGEST_CELL}
    return faults


def _with_swallowed_told(rows: Iterator[Row], header: Row, delimiter: str) -> Iterator[Row]:
    """A cell over several lines, one of which is itself a line of the list, came of a quote too many."""
    place = place_of_addresses(header.cells)
    # A column that is not read may hold notes, with addresses in them: there a line has to be a whole one.
    least = [1 if meaning_of(cell) else len(header.cells) for cell in header.cells]
    for row in rows:
        several = [(cell, many) for cell, many in zip(row.cells, least, strict=False) if "\n" in cell]
        if any(
            _holds_a_person(cell, place, delimiter, many)
            or (many == 1 < len(header.cells) and _holds_a_line(cell, delimiter, len(header.cells)))
            for cell, many in several
        ):
            yield Row(row.line, row.cells, fault=_swallowed(row))
        else:
            yield row


def _holds_a_line(cell: str, delimiter: str, columns: int) -> bool:
    """A whole one, whatever stands in place of its address: no name or company has a cell for each column."""
    return any(line.count(delimiter) >= columns - 1 for line in cell.split("\n")[1:])


def _holds_a_person(cell: str, place: int, delimiter: str, least: int) -> bool:
    for line in cell.split("\n")[1:]:
        cells = line.split(delimiter)
        if len(cells) > max(place, least - 1):
            address = spelling.address(cells[place].strip(' "'))
            if re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", address):
                return True
    return False


def _swallowed(row: Row) -> str:
    last = row.line + sum(cell.count("\n") for cell in row.cells)
    return _(
        'A quote (") that opens here closes only on line %(last)s, and there are other people in '
        "between. Remove or close it."
    ) % {"last": last}
