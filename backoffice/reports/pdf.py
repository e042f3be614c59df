"""Sections to PDF. What is short is WeasyPrint's. Of a long table it lays out the beginning and the end; the
pages between them are painted as it would lay them out, in a tenth of the time
(docs/decisions/0036-long-tables-are-painted.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO

from weasyprint import Document

from backoffice.reports import causes, scripts
from backoffice.reports.base import Order, Progress
from backoffice.reports.sections import LONG, Section, Table
from backoffice.reports.typeset.layout import lay_out, lay_out_rest, only_young_garbage, rows_on
from backoffice.reports.typeset.painter import Painter, Press
from backoffice.reports.typeset.whole import Whole

TOLD_AFTER = 500  # rows: telling how far it is costs some statements
LEFT_TO_WEASYPRINT = 300  # rows at once, where it must lay them out


@dataclass(frozen=True)
class Piece:
    """Sections that WeasyPrint lays out together, and those to come."""

    sections: list[Section]
    rest: list[Section]
    # Where the last of them is the beginning of a table: this beginning, and the table.
    cut: tuple[Table, Table] | None = None


def write(order: Order, sections: Sequence[Section], target: IO[bytes], progress: Progress) -> int:
    """Typeset the sections and write the PDF; returns its number of pages."""
    missing = scripts.notice(sections, order.title, order.type.subject(order), order.made_by)
    whole = Whole(target)
    _Typesetting(order, whole, progress, row_count(sections)).set(
        [missing, *sections] if missing else sections
    )
    whole.finish()
    return whole.pages


def row_count(sections: Sequence[Section]) -> int:
    return sum(len(section.rows) for section in sections if isinstance(section, Table))


class _Typesetting:
    def __init__(self, order: Order, whole: Whole, progress: Progress, rows: int) -> None:
        self._order, self._whole, self._progress, self._rows = order, whole, progress, rows
        self._press = Press(order, whole)

    def set(self, sections: Sequence[Section]) -> None:
        rest, goes_on = list(sections), False
        numbered = not any(map(_is_long, rest))  # of a long one, the total is known only at the end
        while rest or not self._whole.pages:
            piece = self._take(rest, goes_on=goes_on)
            with only_young_garbage():
                following = self._add(piece, goes_on=goes_on, numbered=numbered)
            rest, goes_on = piece.rest, piece.cut is not None
            if piece.cut is not None:
                rest = [self._paint(_from_row(piece.cut[1], following)), *rest]
        self._press.close()

    def _take(self, sections: Sequence[Section], *, goes_on: bool) -> Piece:
        """All up to the first table that is long, of which as many rows as fill the page that it begins on.

        One that `goes_on` though it is long has rows here that cannot be painted.
        """
        for index, section in enumerate(sections):
            if not isinstance(section, Table) or not _is_long(section):
                continue
            resumed = goes_on and not index
            room = LEFT_TO_WEASYPRINT if resumed else self._press.specimen(section).room()
            if len(section.rows) > room:
                head = replace(section, rows=section.rows[:room], note="")
                return Piece([*sections[:index], head], list(sections[index + 1 :]), (head, section))
        return Piece(list(sections), [])

    def _add(self, piece: Piece, *, goes_on: bool, numbered: bool) -> int:
        """The pages that WeasyPrint makes of a piece; returns which row of a table that is cut follows."""
        cut, following = piece.cut[0] if piece.cut else None, 0
        if goes_on:
            document = lay_out_rest(self._order, piece.sections, cut)
        else:
            document = lay_out(self._order, piece.sections, numbered=numbered, cut=cut)
        if cut is not None:
            document, following = _without_last_page(document, cut)
        self._whole.add(document, goes_on=goes_on, cut=cut is not None, numbered=numbered)
        return following

    def _paint(self, table: Table) -> Table:
        """What is left of it when all full pages are painted: the last page, at least a row."""
        following = told = table.first_row
        for following in Painter(self._press, table).paint():
            if following - told >= TOLD_AFTER:
                told = following
                self._progress(30 + 55 * following // self._rows, causes.TYPESETTING())
        return _from_row(table, following)


def _is_long(section: Section) -> bool:
    return isinstance(section, Table) and len(section.rows) > LONG  # below it, painting saves nothing


def _from_row(table: Table, number: int) -> Table:
    return replace(table, rows=table.rows[number - table.first_row :], first_row=number, opens=False)


def _without_last_page(document: Document, cut: Table) -> tuple[Document, int]:
    """Drop a last page, which would stay half empty; with the number of the row that follows those kept."""
    before, last = [[], *map(rows_on, document.pages)][-2:]
    if before and last and before[-1] < last[0]:
        return document.copy(document.pages[:-1]), last[0]
    return document, cut.first_row + len(cut.rows)
