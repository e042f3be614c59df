"""CSV as spreadsheets open it: by its mark, its delimiter, and without a cell that becomes a formula."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol

from django.utils.formats import get_format

# A spreadsheet evaluates cells that begin so (OWASP, "CSV injection"), some of them behind spaces.
# Apostrophes before it are counted in, so that one more can always be taken away again.
_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]|'*[\t\r\n]")


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


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula; `meant` gives it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def meant(cell: str) -> str:
    """The text of a cell without the apostrophe that `harmless` put before it."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell, 1) else cell
