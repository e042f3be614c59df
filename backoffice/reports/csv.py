"""The rows of a report as CSV that spreadsheets open as it is meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import IO, Any

from django.utils import timezone
from django.utils.formats import get_format, number_format

from backoffice.reports.periods import zone
from backoffice.reports.sections import Badge, Code, Share, Sheet
from tasks_app.spreadsheets import harmless, lines_of


def write(sheet: Sheet, target: IO[bytes]) -> int:
    """Write row by row; returns how many rows followed the head."""
    count, ways = 0, _ways()
    with lines_of(target) as lines:
        lines.writerow([harmless(str(label)) for label in sheet.columns])
        for row in sheet.rows:
            lines.writerow([ways[type(value)](value) for value in row])
            count += 1
    return count


def cell(value: Any) -> str:
    """A value as text that a spreadsheet reads back: ISO dates, decimals as the language writes them."""
    return _ways()[type(value)](value)


class _Ways(dict[type, Callable[[Any], str]]):
    """How values of each type are written; a subclass as its class, and all else as its text."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        self[kind] = next((self[one] for one in kind.__mro__ if one in self), _as_text)
        return self[kind]


def _ways() -> _Ways:
    """In the language of now: looked up once for all rows."""
    here, point = zone(), str(get_format("DECIMAL_SEPARATOR"))

    def decimal(value: float) -> str:
        text = repr(value)
        if "e" in text or "n" in text:  # 1e+20, inf, nan
            return number_format(value, use_l10n=True, force_grouping=False)
        return text.replace(".", point)

    def moment(value: datetime) -> str:
        local = value.astimezone(here) if value.tzinfo else timezone.localtime(value, here)
        return str(local)[:19]  # to the second, without its zone

    return _Ways(
        {
            str: harmless,
            int: str,
            float: decimal,
            datetime: moment,
            date: date.isoformat,
            timedelta: lambda value: decimal(round(value.total_seconds(), 3)),
            Share: lambda value: decimal(round(value.value, 4)),
            type(None): lambda value: "",
            bool: lambda value: str(int(value)),
            Badge: lambda value: harmless(str(value.text)),
            Code: lambda value: harmless(value.text),
        }
    )


def _as_text(value: Any) -> str:
    return harmless(str(value))
