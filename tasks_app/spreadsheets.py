"""Files that spreadsheets open as they are meant, CSV and XLSX: no cell becomes a formula."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, Protocol

from django.utils import timezone
from django.utils.formats import get_format

# A spreadsheet evaluates cells that begin so (OWASP, "CSV injection"), some of them behind spaces.
# Apostrophes before it are counted in, so that one more can always be taken away again.
# Of signs that show nothing, some programs drop those at the beginning of a cell.
UNSEEN = r"\x00-\x1f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FORMULA = re.compile(rf"[\s'{UNSEEN}]*[=+\-@＝＋－＠]|'*[\t\r\n]")


LONGEST_CELL = 32_767  # characters, of a workbook


class Lines(Protocol):
    def writerow(self, row: list[str], /) -> Any: ...


@contextmanager
def lines_of(target: IO[bytes]) -> Iterator[Lines]:
    """A writer of CSV lines in UTF-8 with its mark (Excel needs it).

    Where the language writes decimals with a comma, semicolons part the cells, as its spreadsheets expect.
    """
    target.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    yield csv.writer(text, delimiter=";" if get_format("DECIMAL_SEPARATOR") == "," else ",")
    text.detach()


class _Echo:
    """Where csv writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The same, a line at a time, of values: moments are local, numbers as the language writes them."""
    yield codecs.BOM_UTF8
    comma = get_format("DECIMAL_SEPARATOR") == ","
    writer = csv.writer(_Echo(), delimiter=";" if comma else ",")
    for row in rows:
        yield writer.writerow([_cell(value, comma=comma) for value in row]).encode("utf-8", "replace")


def _cell(value: Any, *, comma: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return str(round(value, 3)).replace(".", "," if comma else ".")
    return harmless(str(value))


def rows_to_xlsx(rows: Iterable[Sequence[Any]], target: IO[bytes]) -> None:
    """A workbook of one sheet; its texts are texts, whatever they begin with."""
    from openpyxl import Workbook  # takes a while to import, and few requests need it
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"

    def text(value: str) -> Any:
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", value)[:LONGEST_CELL])
        cell.data_type = "s"
        return cell

    for row in rows:
        sheet.append(
            [
                text(value)
                if isinstance(value, str)
                else timezone.localtime(value).replace(tzinfo=None)  # a workbook knows no zones
                if isinstance(value, datetime)
                else value
                for value in row
            ]
        )
    book.save(target)


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula; `meant` gives it back."""
    if text[:1].isalnum():  # nearly all do, and a pattern costs more to ask
        return text
    return f"'{text}" if _FORMULA.match(text) else text


def meant(cell: str) -> str:
    """The text of a cell without the apostrophe that `harmless` put before it."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell, 1) else cell
