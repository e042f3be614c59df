"""The rows of a report as CSV that spreadsheets open as it is meant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import IO, Any

from django.utils import timezone
from django.utils.formats import number_format

from backoffice.reports.periods import zone
from backoffice.reports.sections import Badge, Code, Share, Sheet
from tasks_app.spreadsheets import harmless, lines_of


def write(sheet: Sheet, target: IO[bytes]) -> int:
    """Write row by row; returns how many rows followed the head."""
    count = 0
    with lines_of(target) as lines:
        lines.writerow([cell(str(label)) for label in sheet.columns])
        for row in sheet.rows:
            lines.writerow([cell(value) for value in row])
            count += 1
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
            return harmless(str(value.text))
        case Code():
            return harmless(value.text)
        case _:
            return harmless(str(value))
