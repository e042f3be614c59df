"""A page of a table as WeasyPrint lays it out, and what it shows: where rows begin and end, how each kind of
text is set, what stands around them. Pages that are painted follow it to a hundredth of a pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from weasyprint import Document
from weasyprint.formatting_structure import boxes

from backoffice.reports.base import Order
from backoffice.reports.formatting import Marks, marked
from backoffice.reports.sections import Table
from backoffice.reports.typeset.layout import lay_out
from backoffice.reports.typeset.letters import Style

NUMBER = "@bottom-right"  # where the stylesheet puts the number of a page


@dataclass(frozen=True, slots=True)
class Cell:
    """A column's cells; lengths in CSS pixels."""

    left: float
    width: float
    top: float  # from the row's top to the text's, and from the text's end to the row's
    bottom: float
    flush_right: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """The line under a row."""

    left: float
    right: float
    thickness: float
    color: Any


@dataclass(frozen=True, slots=True)
class PageNumber:
    right: float
    baseline: float
    style: Style


@dataclass(frozen=True)
class Specimen:
    document: Document
    page: Any  # with the head of the table, but neither rows nor a number
    top: float  # of the first row
    bottom: float  # that no row may cross
    columns: Sequence[Cell]
    rule: Rule | None
    number: PageNumber
    kinds: Sequence[Marks]
    styles: dict[tuple[int, Marks], Style]  # by column

    def shortest(self) -> float:
        """The height of a row in which each text has one line."""
        plain = [(cell, self.styles[at, ()]) for at, cell in enumerate(self.columns)]
        heights: list[float] = [cell.top + style.above + style.below + cell.bottom for cell, style in plain]
        return max(heights)

    def room(self) -> int:
        """How many rows fit on a page, at most."""
        return int((self.bottom - self.top) / self.shortest()) + 1


def specimen_of(order: Order, table: Table, kinds: Iterable[Marks]) -> Specimen:
    """With the style of these kinds of text in each column."""
    kinds = [(), *dict.fromkeys(kind for kind in sorted(kinds) if kind)]
    samples = [[_sample(kind)] * len(table.columns) for kind in kinds]
    shown = replace(table, rows=[samples[0], *samples, samples[0]], opens=False, note="")
    document = lay_out(order, [shown], opening=False, broken=True)
    page = document.pages[1]  # one in the middle: the head is repeated, rows follow rows
    box = next(one for one in page._page_box.descendants() if isinstance(one, boxes.TableBox))
    [head, body] = box.children
    styles = {
        (at, kind): _style_of(cell)
        for kind, row in zip(kinds, body.children, strict=False)
        for at, cell in enumerate(row.children)
    }
    found = Specimen(
        document,
        page,
        body.children[0].position_y,
        page._page_box.content_box_y() + page._page_box.height,
        [_cell(one) for one in body.children[0].children],
        _rule(box, body_row=len(head.children) + 1),
        _take_number(page._page_box),
        kinds,
        styles,
    )
    box.children = [head]
    return found


def _sample(kind: Marks) -> SafeString:
    return marked(format_html("{}", "x"), kind)


def _cell(box: Any) -> Cell:
    # A cell's padding grows with its row: the first one's is nobody's but its own.
    return Cell(
        box.content_box_x(),
        box.width,
        box.content_box_y() - box.position_y,
        box.border_bottom_width + box.style["padding_bottom"].value,
        box.style["text_align_all"] in ("right", "end"),
    )


def _rule(table: Any, body_row: int) -> Rule | None:
    _vertical, horizontal = table.collapsed_border_grid
    _score, (style, thickness, color) = horizontal[body_row][0]
    if not thickness or style == "none":
        return None
    right = table.column_positions[-1] + table.column_widths[-1]
    return Rule(table.column_positions[0], right, thickness, color)


def _style_of(cell: Any) -> Style:
    """Of the text of a cell, which is one word."""
    [(text, around)] = _texts(cell, [])
    return Style(text.style, around)


def _texts(box: Any, around: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Texts with the styles of the boxes around them, up to their lines."""
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            yield child, around
        elif isinstance(child, boxes.LineBox):
            yield from _texts(child, [child.style])
        elif isinstance(child, boxes.InlineBox):
            yield from _texts(child, [*around, child.style])
        elif isinstance(child, boxes.ParentBox):
            yield from _texts(child, around)


def _take_number(page: Any) -> PageNumber:
    """Off the page, where each has its own."""
    [box] = [one for one in page.children if getattr(one, "at_keyword", "") == NUMBER]
    page.children = [one for one in page.children if one is not box]
    [(text, around), *_] = texts = list(_texts(box, []))
    last, _around = texts[-1]
    right = last.position_x + last.width
    return PageNumber(right, text.position_y + text.baseline, Style(text.style, around))
