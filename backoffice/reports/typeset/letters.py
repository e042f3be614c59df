"""Texts as glyphs, set by Pango and written down by WeasyPrint's own hand, each once.

WeasyPrint makes new Pango layouts for each text. Here a style has one, and a text that comes again (a state,
a day, a name) is not set again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from weasyprint.draw.text import draw_first_line
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream
from weasyprint.text.constants import PANGO_WRAP_MODE
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, pango
from weasyprint.text.line_break import Layout, line_size, strut

SPACES = re.compile(r"[ \t\n\r\f]+")  # what HTML takes for one space: hard and narrow ones stay
KEPT = 1000  # texts of a style, each about half a kilobyte


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A line of text, drawn from the left end of its baseline; lengths in CSS pixels."""

    drawing: bytes
    width: float
    above: float  # the baseline is so far below the top of the line
    below: float
    emojis: list[Any]


class Style:
    """How WeasyPrint sets the text of a box, and how high its lines are."""

    def __init__(self, style: Any, around: list[Any]) -> None:
        """`around` are the styles of the boxes that the text is in, up to its line."""
        self.style = style
        self._spaced = (style["letter_spacing"], style["word_spacing"]) != ("normal", 0)
        self.wraps = style["white_space"] in ("normal", "pre-line")
        struts = [strut(one) for one in (*around, style)]
        self.above = max(baseline for _height, baseline in struts)
        self.below = max(height - baseline for height, baseline in struts)
        self.line_height = strut(style)[0]
        red, green, blue = style["color"].to("srgb").coordinates
        self.color = b"%g %g %g rg" % (red, green, blue)
        self.known: dict[str, Glyphs] = {}

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.style)

    def put(self, text: str) -> None:
        """As Layout.set_text, which sets all attributes anew: those of a style without spacing stay."""
        if self._spaced:
            self.layout.set_text(text)
            return
        data = text.encode()
        self.layout.text = text
        pango.pango_layout_set_text(self.layout.layout, data, len(data))

    @cached_property
    def wrapping(self) -> Layout:
        """Long words are broken where nothing else can be: `overflow-wrap: anywhere`."""
        layout = Layout(self.style)
        pango.pango_layout_set_wrap(layout.layout, PANGO_WRAP_MODE["WRAP_WORD_CHAR"])
        return layout


@dataclass(slots=True)
class Line:
    """What WeasyPrint's drawing wants to know of a box of text."""

    text: str
    style: Any
    pango_layout: Layout
    baseline: float


class Letters:
    """`ink` is a stream that is never written: what is drawn on it is taken off and kept."""

    def __init__(self, ink: Stream) -> None:
        self._ink = ink

    def line(self, text: str, style: Style) -> Glyphs:
        found = style.known.get(text)
        if found is None:
            if len(style.known) == KEPT:
                style.known.clear()
            found = style.known[text] = self._set(text, style)
        return found

    def lines(self, text: str, style: Style, width: float) -> list[Glyphs]:
        """As many lines as it takes within a width; none for no text."""
        text = SPACES.sub(" ", text).strip(" ").replace("\0", "")
        if not text:
            return []
        whole = self.line(text, style)
        if whole.width <= width or not style.wraps:
            return [whole]
        return [self.line(part, style) for part in _broken(text, style, width)]

    def _set(self, text: str, style: Style) -> Glyphs:
        layout, ink = style.layout, self._ink
        style.put(text)
        line, _second = layout.get_first_line()
        width, height = line_size(line, style.style)
        baseline = pango.pango_layout_get_baseline(layout.layout) * FROM_UNITS
        above = baseline + (style.line_height - height) / 2
        emojis = draw_first_line(ink, Line(text, style.style, layout, baseline), "clip", "none", Matrix())
        drawn = b" ".join(item for item in ink.stream[1:])  # the first says where
        ink.stream.clear()
        ink._current_font = None
        return Glyphs(
            drawn,
            width,
            max(style.above, above),
            max(style.below, style.line_height - above),
            emojis,
        )


def _broken(text: str, style: Style, width: float) -> list[str]:
    layout = style.wrapping
    pango.pango_layout_set_width(layout.layout, int(width * TO_UNITS))
    layout.set_text(text)
    encoded, parts, number = text.encode().replace(b"\0", b""), [], 0
    while (line := pango.pango_layout_get_line_readonly(layout.layout, number)) != ffi.NULL:
        start = line.start_index
        parts.append(encoded[start : start + line.length].decode().strip(" "))
        number += 1
    return parts
