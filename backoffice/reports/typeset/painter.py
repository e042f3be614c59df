"""The inner pages of a long table, painted row by row: nothing is kept of a page once it is written.

A row costs WeasyPrint 7 ms and 200 kB, for a tree of boxes that any table may need. The rows of a report need
none: columns are of one width, a cell is a few lines of text, a row that does not fit starts the next page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pydyf
from django.utils.safestring import SafeString
from weasyprint.draw.text import draw_emojis
from weasyprint.pdf.stream import Stream

from backoffice.reports.base import Order
from backoffice.reports.formatting import Marks, lines_of
from backoffice.reports.sections import Column, Row, Table
from backoffice.reports.typeset.letters import Glyphs, Letters, Style
from backoffice.reports.typeset.pieces import Piece, objects_of
from backoffice.reports.typeset.specimen import Cell, Rule, Specimen, specimen_of
from backoffice.reports.typeset.whole import Painted, Whole

POINTS = 0.75  # in a CSS pixel
SOFT_HYPHEN = "\u00ad"  # shows where it breaks a line, which WeasyPrint alone sees to
SHARED = ("ExtGState", "XObject", "Pattern", "Shading")  # what drawings name, by kind
LOOKED_AT = 100  # rows that are searched for kinds of text; each that is met later costs a specimen
LEEWAY = 1 + 1e-9  # sums of the same heights differ that much


@dataclass(frozen=True, slots=True)
class Text:
    """A line of a cell, where it stands in its row."""

    left: float
    baseline: float
    glyphs: Glyphs
    style: Style


@dataclass(frozen=True, slots=True)
class Set:
    """A row that is set."""

    cells: Sequence[Sequence[Text]]
    height: float


class Press:
    """What all painted pages of a document share: fonts, pictures, and the objects that hold them."""

    def __init__(self, order: Order, whole: Whole) -> None:
        self._order, self.whole = order, whole
        self._fonts: dict[Any, Any] = {}
        self._named = pydyf.Dictionary({kind: pydyf.Dictionary() for kind in SHARED})
        self._named["ColorSpace"] = pydyf.Dictionary()
        self._images: dict[str, Any] = {}
        self.letters = Letters(self.ink())
        self.resources = whole.file.number()
        self._specimens: dict[tuple[Column, ...], Specimen] = {}
        self._last: Specimen | None = None

    def ink(self) -> Stream:
        """Something to draw on."""
        return Stream(self._fonts, (0, 0, 0, 0), self._named, self._images, None, {}, None)

    def specimen(self, table: Table, kind: Marks = ()) -> Specimen:
        """Of tables with these columns; with this kind of text, and those that were met before."""
        columns = tuple(table.columns)
        found = self._specimens.get(columns)
        if found is None or kind not in found.kinds:
            kinds = found.kinds if found else kinds_in(table.rows[:LOOKED_AT])
            found = self._specimens[columns] = specimen_of(self._order, table, [*kinds, kind])
        self._last = found
        return found

    def close(self) -> None:
        """Write page numbers, then the fonts, of which it is known only now what they must hold."""
        if self._last is None:
            return
        number, page = self._last.number, self._last.page

        def drawing(text: str) -> bytes:
            glyphs = self.letters.line(text, number.style)
            at = (number.right - glyphs.width, number.baseline)
            drawn = b"%s BT 1 0 0 -1 %.3f %.3f Tm %s ET" % (number.style.color, *at, glyphs.drawing)
            return b"q %s %s Q" % (turned(page), drawn)

        self.whole.number_pages(drawing, self.resources, box_of(page))
        document = self._last.document.copy([_Shelf(page, self._named, self._images)])
        document.fonts = self._fonts
        pdf = objects_of(document)
        [shelf] = [pdf.objects[int(one.split()[0])] for one in pdf.page_references]
        known = {int(shelf["Resources"].split()[0]): self.resources}
        piece = Piece(self.whole.file, pdf, known)
        resources = pdf.objects[int(shelf["Resources"].split()[0])]
        empty = pdf.objects[int(shelf["Contents"].split()[0])]
        self.whole.file.add(piece.bytes_of(dict(resources)), self.resources)
        piece.write(pdf.pages, pdf.catalog, shelf, empty)


def kinds_in(rows: Sequence[Row]) -> set[Marks]:
    return {marks for row in rows for value in row for _text, marks in lines_of(value)}


class _Shelf:
    """A page that shows nothing, so that WeasyPrint writes the fonts and pictures of others."""

    def __init__(self, page: Any, named: dict[str, Any], images: dict[str, Any]) -> None:
        self.width, self.height, self.bleed = page.width, page.height, page.bleed
        self.links: list[Any] = []
        self.bookmarks: list[Any] = []
        self.anchors: dict[str, Any] = {}
        self.forms: dict[None, list[Any]] = {None: []}
        self._named, self._images = named, images

    def paint(self, stream: Stream, scale: float) -> None:
        for kind in SHARED:
            stream._resources[kind].update(self._named[kind])
        stream._images.update(self._images)


class Painter:
    """The pages of one table."""

    def __init__(self, press: Press, table: Table) -> None:
        self._press, self._table = press, table
        self._specimen = press.specimen(table)
        self._frame = self._paint_frame()

    def paint(self) -> Iterator[int]:
        """Paint full pages; yields the number of the row that comes next, after each.

        It ends where a page is not full: at the last row, or at one that is WeasyPrint's to lay out, because
        it is marked up or taller than a page.
        """
        top, bottom = self._specimen.top, self._specimen.bottom * LEEWAY
        page: list[Set] = []
        y = top
        for number, values in enumerate(self._table.rows, start=self._table.first_row):
            row = self._set(values)
            if row is None or top + row.height > bottom:
                return
            if y + row.height > bottom:
                self._print(page)
                yield number
                page, y = [], top
            page.append(row)
            y += row.height

    def _paint_frame(self) -> int:
        """What is the same on all pages: the table's head, and what stands around it."""
        page, ink = self._specimen.page, self._press.ink()
        page.paint(ink, POINTS)
        turn = b"1 0 0 -1 0 %.2f cm" % (page.height * POINTS)
        return self._press.whole.file.add_stream(b"/Artifact BMC q %s %s Q EMC" % (turn, drawn_on(ink)))

    def _set(self, row: Row) -> Set | None:
        """None where it is WeasyPrint's to lay out."""
        cells, height = [], 0.0
        for at, (value, cell) in enumerate(zip(row, self._specimen.columns, strict=True)):
            texts: list[Text] = []
            y = cell.top
            lines = lines_of(value)
            for place, (text, marks) in enumerate(lines):
                if isinstance(text, SafeString) or SOFT_HYPHEN in text:
                    return None
                style = self._style(at, marks)
                found = self._press.letters.lines(text, style, cell.width)
                for glyphs in found:
                    texts.append(Text(_left(cell, glyphs), y + glyphs.above, glyphs, style))
                    y += glyphs.above + glyphs.below
                if not found and place < len(lines) - 1:
                    y += style.above + style.below  # a line with nothing on it
            cells.append(texts)
            height = max(height, y + cell.bottom)
        return Set(cells, height)

    def _style(self, at: int, marks: Marks) -> Style:
        found = self._specimen.styles.get((at, marks))
        if found is None:
            self._specimen = self._press.specimen(self._table, marks)
            found = self._specimen.styles[at, marks]
        return found

    def _print(self, rows: Sequence[Set]) -> None:
        specimen, whole = self._specimen, self._press.whole
        page = _Page(self._press.ink())
        page.draw(b"q " + turned(specimen.page))
        if specimen.rule is not None:
            page.rules(specimen.rule, specimen.top, [row.height for row in rows])
        marks, y = [], specimen.top
        for row in rows:
            marks.append([page.cell(texts, y) for texts in row.cells])
            y += row.height
        page.draw(b"Q")
        contents = [self._frame, whole.file.add_stream(page.drawn())]
        whole.add_painted(Painted(box_of(specimen.page), contents, self._press.resources, marks))


class _Page:
    """What is drawn on one page, and its texts counted."""

    def __init__(self, ink: Stream) -> None:
        self._ink = ink
        self._color = b""
        self._texts = 0

    def draw(self, *operators: bytes) -> None:
        self._ink.stream += operators

    def drawn(self) -> bytes:
        return drawn_on(self._ink)

    def cell(self, texts: Sequence[Text], y: float) -> int | None:
        """The number of its text on the page; None for no text."""
        if not texts:
            return None
        number = self._texts
        self._texts += 1
        self.draw(b"/TD<</MCID %d>>BDC" % number)
        for text in texts:
            self._text(text, y + text.baseline)
        self.draw(b"EMC")
        return number

    def _text(self, text: Text, baseline: float) -> None:
        if text.style.color != self._color:
            self._color = text.style.color
            self.draw(self._color)
        self.draw(b"BT 1 0 0 -1 %.3f %.3f Tm %s ET" % (text.left, baseline, text.glyphs.drawing))
        if text.glyphs.emojis:
            draw_emojis(self._ink, text.style.style, text.left, baseline, text.glyphs.emojis)
            self._color = b""

    def rules(self, rule: Rule, y: float, heights: Sequence[float]) -> None:
        """A line under each row."""
        red, green, blue = rule.color.to("srgb").coordinates
        self.draw(b"/Artifact BMC %g %g %g RG %g w" % (red, green, blue, rule.thickness))
        for height in heights:
            y += height
            self.draw(b"%.2f %.2f m %.2f %.2f l" % (rule.left, y, rule.right, y))
        self.draw(b"S EMC")


def _left(cell: Cell, glyphs: Glyphs) -> float:
    """A text wider than its cell begins at its left end, whichever side it keeps to."""
    return cell.left + (max(cell.width - glyphs.width, 0) if cell.flush_right else 0)


def turned(page: Any) -> bytes:
    """From PDF's coordinates to CSS's, which go down from the top of the page."""
    return b"%g 0 0 -%g 0 %.2f cm" % (POINTS, POINTS, page.height * POINTS)


def box_of(page: Any) -> bytes:
    return b"[0 0 %.2f %.2f]" % (page.width * POINTS, page.height * POINTS)


def drawn_on(ink: Stream) -> bytes:
    return b"\n".join(item if isinstance(item, bytes) else str(item).encode() for item in ink.stream)
