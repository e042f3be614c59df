"""What a report is made of: figures, charts, tables and sentences. One template draws each kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.conf import settings
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext

from backoffice.reports.selection import Selection

type Text = str | Promise
type Row = Sequence[Any]
type Behind = Selection | None  # the rows that a number counts; None of what counts none

LONG = 100  # rows of a table: longer ones are painted, and no link leads from each


@dataclass(frozen=True)
class Share:
    """A part of a whole, 0 to 1, shown as a percentage."""

    value: float


@dataclass(frozen=True)
class Badge:
    """A word with a colour. Tones: good, bad, warn, calm."""

    text: Text
    tone: str = "calm"


@dataclass(frozen=True)
class Code:
    """A technical name, set in narrow type."""

    text: str


@dataclass(frozen=True)
class Stacked:
    """A value, and a quieter one below it."""

    value: Any
    below: Any


@dataclass(frozen=True)
class Column:
    label: Text
    width: int  # per cent of the table; the columns of a table add up to 100
    number: bool = False  # set flush right, with figures of one width
    definition: Text = ""  # what its numbers count


@dataclass(frozen=True)
class Figure:
    """One number a reader should take away, and a few words below it."""

    label: Text
    value: Any
    note: Text = ""
    tone: str = ""
    behind: Behind = None
    definition: Text = ""  # what it counts


@dataclass(frozen=True)
class Series:
    """One line or one colour of bars: a value for each label of its chart."""

    label: Text
    values: Sequence[float | None]  # None: nothing was measured there
    tone: str = "accent"  # accent, good, bad, warn, calm, or second
    behind: Sequence[Behind] = ()  # of each value


@dataclass(frozen=True)
class Figures:
    template: ClassVar[str] = "backoffice/reports/figures.html"
    figures: Sequence[Figure]
    title: Text = ""
    key: str = ""  # of this section in its document: addresses of its figures begin with it


@dataclass(frozen=True)
class Chart:
    """Series over labels, as stacked bars or lines; `summary` says in words what it shows."""

    template: ClassVar[str] = "backoffice/reports/chart.html"
    title: Text
    labels: Sequence[str]
    series: Sequence[Series]
    summary: Text
    kind: str = "bars"  # bars, lines
    unit: Text = ""
    key: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under columns. `empty` is the sentence that stands in for no rows, `note` follows the rows."""

    template: ClassVar[str] = "backoffice/reports/table.html"
    title: Text
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: Text
    note: Text = ""
    # A long table comes in pieces: where this piece starts, and whether it opens the table.
    first_row: int = 0
    opens: bool = True
    # Of each row, what is behind its values; not of a LONG one. `whole` is all that its rows are made of.
    behind: Sequence[Sequence[Behind]] = ()
    whole: Behind = None
    key: str = ""

    def numbered_rows(self) -> list[tuple[int, list[tuple[Column, Any, Behind]]]]:
        """(row number in the whole table, its values beside their columns, and what is behind each)."""
        behind = self.behind or [[None] * len(self.columns)] * len(self.rows)
        rows = zip(self.rows, behind, strict=True)
        return [
            (number, list(zip(self.columns, row, selected, strict=True)))
            for number, (row, selected) in enumerate(rows, start=self.first_row)
        ]

    @property
    def is_long(self) -> bool:
        return len(self.rows) > LONG


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    template: ClassVar[str] = "backoffice/reports/words.html"
    text: Text
    title: Text = ""
    tone: str = ""  # "good", "warn" or "calm" sets it in a box


@dataclass(frozen=True)
class Pair:
    """Two short tables side by side."""

    template: ClassVar[str] = "backoffice/reports/pair.html"
    left: Table
    right: Table


@dataclass(frozen=True)
class Definitions:
    """What each figure of the document counts, at its end: (label, definition)."""

    template: ClassVar[str] = "backoffice/reports/definitions.html"
    title: Text
    entries: Sequence[Sequence[Text]]


type Section = Figures | Chart | Table | Words | Pair | Definitions


@dataclass(frozen=True)
class Sheet:
    """The rows of a report for a spreadsheet; `rows` may be an iterator that never ends in memory.

    `totals` are the columns, by their place, whose numbers add up to something.
    """

    columns: Sequence[Text]
    rows: Iterable[Row] = field(default=())
    totals: Sequence[int] = ()
    whole: Behind = None  # all that its rows are made of


def capped[R](rows: Sequence[R], total: int) -> tuple[Sequence[R], str]:
    """Rows up to REPORT_MAX_ROWS, and the sentence that says what is left out ("" for nothing)."""
    limit = settings.REPORT_MAX_ROWS
    if total <= limit:
        return rows, ""
    return rows[:limit], gettext(
        "Only the first %(limit)s of %(total)s rows are printed here. Choose a shorter period to see "
        "the others, or order the CSV, which holds them all."
    ) % {
        "limit": number_format(limit, force_grouping=True),
        "total": number_format(total, force_grouping=True),
    }
