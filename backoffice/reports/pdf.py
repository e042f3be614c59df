"""Sections to PDF with WeasyPrint: tagged, titled, in pieces when a table is long.

Layout costs time and memory in proportion to rows (a thousand rows of eight columns: about 5 s, 200 MiB),
so a long table is laid out in pieces of PIECE rows that are joined afterwards. A piece's last page is
dropped and its rows open the next piece, so that joints do not show.
"""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext
from weasyprint import HTML, Document

from backoffice.reports import joining, scripts
from backoffice.reports.assets import BASE_URL, OwnAssets, stylesheet
from backoffice.reports.base import Order, Progress
from backoffice.reports.sections import Section, Table

PIECE = 500  # table rows laid out at once
# Tagged for screen readers, with title and language: PDF/UA-1 (ISO 14289-1).
VARIANT = "pdf/ua-1"


@dataclass(frozen=True)
class Piece:
    """Sections that are laid out together; `cut` is the table that goes on in the next piece."""

    sections: list[Section]
    rest: list[Section]
    cut: Table | None


@dataclass(frozen=True)
class Typeset:
    pdf: bytes
    pages: int
    rest: list[Section]  # what is still to be laid out


def write(order: Order, sections: Sequence[Section], target: IO[bytes], progress: Progress) -> int:
    """Typeset the sections and write the PDF; returns its number of pages."""
    missing = scripts.notice(sections, order.title, order.type.subject(order), order.made_by)
    rest = [missing, *sections] if missing else list(sections)
    total = max(row_count(sections), 1)
    parts: list[bytes] = []
    pages = 0
    while rest or not parts:
        made = _typeset(order, take(rest, PIECE), pages, alone=not parts)
        parts.append(made.pdf)
        pages, rest = pages + made.pages, made.rest
        if rest:
            gc.collect()  # pages refer to each other in circles: a piece would outlive its turn
            progress(30 + 55 * (total - row_count(rest)) // total, gettext("Typesetting"))
    if len(parts) == 1:
        target.write(parts[0])
    else:
        with _no_garbage_collection():
            joining.join(parts, pages, target)
    return pages


def row_count(sections: Sequence[Section]) -> int:
    return sum(len(section.rows) for section in sections if isinstance(section, Table))


def take(sections: Sequence[Section], limit: int) -> Piece:
    """The first sections with at most `limit` table rows among them, the last table cut where need be."""
    taken: list[Section] = []
    room = limit
    for index, section in enumerate(sections):
        if not isinstance(section, Table) or len(section.rows) <= room:
            taken.append(section)
            room -= len(section.rows) if isinstance(section, Table) else 0
            continue
        head = replace(section, rows=section.rows[:room], note="")
        return Piece([*taken, head], [_from_row(section, room), *sections[index + 1 :]], section)
    return Piece(taken, [], None)


def _from_row(table: Table, row: int) -> Table:
    return replace(table, rows=table.rows[row:], first_row=table.first_row + row, opens=False)


def _typeset(order: Order, piece: Piece, pages_before: int, *, alone: bool) -> Typeset:
    """Lay a piece out and write it; `alone` when no piece came before it."""
    document = _lay_out(order, piece, pages_before, numbered=alone and not piece.rest)
    document, rest = _without_last_page(document, piece)
    return Typeset(_pdf(document), len(document.pages), rest)


def _lay_out(order: Order, piece: Piece, pages_before: int, *, numbered: bool) -> Document:
    html = render_to_string(
        order.type.template,
        {
            "order": order,
            "report": order.type,
            "subject": order.type.subject(order),
            "sections": piece.sections,
            "opening": pages_before == 0,
            "pages_before": pages_before,
            # The total is known only at the end: pieces leave room for it, and page_numbers fills it in.
            "numbered": numbered,
            "company": settings.COMPANY_NAME,
            "cut": piece.cut and piece.sections[-1],
        },
    )
    css, fonts = stylesheet()
    with _no_garbage_collection():
        return HTML(string=html, base_url=BASE_URL, url_fetcher=OwnAssets()).render(
            stylesheets=[css], font_config=fonts, pdf_variant=VARIANT
        )


def _without_last_page(document: Document, piece: Piece) -> tuple[Document, list[Section]]:
    """Drop a last page that the next piece should fill, and give its rows back to that piece."""
    if piece.cut is None or len(document.pages) < 2:
        return document, piece.rest
    on_last = [int(name[4:]) for name in document.pages[-1].anchors if name.startswith("row-")]
    if not on_last:
        return document, piece.rest
    resumed = _from_row(piece.cut, min(on_last) - piece.cut.first_row)
    return document.copy(document.pages[:-1]), [resumed, *piece.rest[1:]]


def _pdf(document: Document) -> bytes:
    for page in document.pages:  # row ids were for us: no reader needs a thousand destinations
        for name in [name for name in page.anchors if name.startswith("row-")]:
            del page.anchors[name]
    buffer = io.BytesIO()
    document.write_pdf(buffer, pdf_variant=VARIANT)
    return buffer.getvalue()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Laying out and joining make millions of objects and no rubbish: its walks cost a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
