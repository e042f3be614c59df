"""CSV that spreadsheets open as it is meant, and in which no cell becomes a formula."""

from __future__ import annotations

import codecs
import csv
import io
from datetime import date, datetime, timedelta
from typing import IO, Any

from django.utils import timezone
from django.utils.formats import get_format, number_format

from backoffice.reports.periods import zone
from backoffice.reports.sections import Badge, Code, Share, Sheet

# A spreadsheet evaluates cells that begin so (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(sheet: Sheet, target: IO[bytes]) -> int:
    """Write row by row, UTF-8 with its mark (Excel needs it); returns how many rows followed the head.

    Where the language writes decimals with a comma, semicolons part the cells, as its spreadsheets expect.
    """
    target.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    lines = csv.writer(text, delimiter=";" if get_format("DECIMAL_SEPARATOR") == "," else ",")
    lines.writerow([cell(str(label)) for label in sheet.columns])
    count = 0
    for row in sheet.rows:
        lines.writerow([cell(value) for value in row])
        count += 1
    text.detach()
    return count


def cell(value: Any) -> str:
    """A value as text that a spreadsheet reads back: ISO dates, decimals as the language writes them."""
    match value:
        case None:
            return ""
        case datetime():
            return timezone.localtime(value, zone()).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case timedelta():
            return number_format(round(value.total_seconds(), 3), use_l10n=True, force_grouping=False)
        case Share():
            return number_format(round(value.value, 4), use_l10n=True, force_grouping=False)
        case bool():
            return str(int(value))
        case int():
            return str(value)
        case float():
            return number_format(value, use_l10n=True, force_grouping=False)
        case Badge():
            return _harmless(str(value.text))
        case Code():
            return _harmless(value.text)
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
