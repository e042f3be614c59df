"""The rows of a report as a workbook: numbers are numbers, days are days, and no text becomes a formula.

Written row by row (openpyxl's write-only mode), so that memory does not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import IO, Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from backoffice.reports.periods import zone
from backoffice.reports.sections import Badge, Code, Row, Share, Sheet
from backoffice.reports.workbook_file import save
from tasks_app.spreadsheets import LONGEST_CELL

MOST_ROWS = 1_048_576  # of a sheet (Excel's "specifications and limits"): the head, totals and a sentence too
AROUND = 3
MOST_DIGITS = 10**15  # a workbook's numbers keep no more
FIRST_YEAR = 1900  # of a workbook's days
LOOKED_AT = 200  # rows after which the columns are as wide as they stay
NARROWEST, WIDEST = 8, 60  # characters
MOMENT, DAY, SPAN, PERCENT = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "[h]:mm:ss.000", "0.0%"
WIDTHS = {MOMENT: 19, DAY: 10, SPAN: 12, PERCENT: 7}


def write(sheet: Sheet, target: IO[bytes], made_at: datetime | None = None) -> int:
    """Write row by row; returns how many rows followed the head.

    All dates of the file itself are `made_at`: now where not given.
    """
    book = Workbook(write_only=True)
    page = book.create_sheet()
    cells = _Cells(page)
    rows = iter(sheet.rows)
    seen = list(islice(rows, LOOKED_AT))
    labels = [str(label) for label in sheet.columns]
    for number, width in enumerate(_widths(labels, seen), start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    page.freeze_panes = "A2"
    page.append([cells.bold(label) for label in labels])
    totals = _Totals(sheet.totals)
    count = 0
    every = chain(seen, rows)
    for row in islice(every, MOST_ROWS - AROUND):
        page.append([cells.of(at, value) for at, value in enumerate(row)])
        totals.add(row)
        count += 1
    page.auto_filter.ref = f"A1:{get_column_letter(max(len(labels), 1))}{count + 1}"
    if count and sheet.totals:
        page.append([cells.bold(value) for value in totals.row(len(labels))])
    if next(every, None) is not None:
        page.append([cells.bold(_left_out(count))])
    save(book, target, made_at or timezone.now())
    return count


def _left_out(count: int) -> str:
    return _(
        "These are the first %(count)s rows: a workbook holds no more. Choose a shorter period to see the "
        "others, or order the CSV, which holds them all."
    ) % {"count": number_format(count, force_grouping=True)}


class _Cells:
    """Values as cells. A styled one is made once a column, and filled anew for each row as it is written."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._styled: dict[tuple[int, str], Any] = {}

    def of(self, at: int, value: Any) -> Any:
        match value:
            case int() if abs(value) >= MOST_DIGITS:
                return self._text(at, str(value))
            case None | bool() | int() | float():
                return value
            case date() if value.year < FIRST_YEAR:
                return self._text(at, value.isoformat())
            case datetime():
                return self._as(at, MOMENT, timezone.localtime(value, zone()).replace(tzinfo=None))
            case date():
                return self._as(at, DAY, value)
            case timedelta():
                return self._as(at, SPAN, value)
            case Share():
                return self._as(at, PERCENT, round(value.value, 6))
            case _:
                return self._text(at, text_of(value))

    def bold(self, value: Any) -> Any:
        if value is None:
            return None
        cell = WriteOnlyCell(
            self._page, ILLEGAL_CHARACTERS_RE.sub(" ", value) if isinstance(value, str) else value
        )
        if isinstance(value, str):
            cell.data_type = "s"
        cell.font = Font(bold=True)
        return cell

    def _text(self, at: int, text: str) -> Any:
        text = ILLEGAL_CHARACTERS_RE.sub(" ", text)[:LONGEST_CELL]
        if text[:1] not in ("=", "#"):  # which openpyxl takes for a formula, or for an error
            return text
        cell = self._as(at, "", text)
        cell.data_type = "s"
        return cell

    def _as(self, at: int, style: str, value: Any) -> Any:
        cell = self._styled.get((at, style))
        if cell is None:
            cell = self._styled[at, style] = WriteOnlyCell(self._page)
            if style:
                cell.number_format = style
        cell.value = value
        return cell


def text_of(value: Any) -> str:
    match value:
        case Badge():
            return str(value.text)
        case Code():
            return value.text
        case _:
            return str(value)


class _Totals:
    """The sums of the columns whose values add up to something."""

    def __init__(self, columns: Iterable[int]) -> None:
        self._sums: dict[int, Any] = dict.fromkeys(columns, 0)

    def add(self, row: Row) -> None:
        for at in self._sums:
            self._sums[at] += row[at] or 0

    def row(self, columns: int) -> list[Any]:
        return [self._sums.get(0, _("In all")), *(self._sums.get(at) for at in range(1, columns))]


def _widths(labels: Sequence[str], rows: Sequence[Row]) -> list[int]:
    """As wide as what is seen, within reason."""
    widths = [len(label) + 2 for label in labels]
    for row in rows:
        widths = [max(width, _width(value)) for width, value in zip(widths, row, strict=True)]
    return [min(max(width, NARROWEST), WIDEST) for width in widths]


def _width(value: Any) -> int:
    match value:
        case None | bool():
            return 0
        case datetime():
            return WIDTHS[MOMENT]
        case date():
            return WIDTHS[DAY]
        case timedelta():
            return WIDTHS[SPAN]
        case Share():
            return WIDTHS[PERCENT]
        case _:
            return len(text_of(value)) + 1
