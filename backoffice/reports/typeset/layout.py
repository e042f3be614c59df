"""Sections laid out by WeasyPrint, tagged for screen readers, with title and language."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache, lru_cache
from typing import Any

from django.template.loader import render_to_string
from weasyprint import CSS, HTML, Document

from backoffice.reports.assets import BASE_URL, OwnAssets, stylesheet
from backoffice.reports.base import Order
from backoffice.reports.sections import Section, Table

# PDF/UA-1 (ISO 14289-1).
VARIANT = "pdf/ua-1"
# The second row of the first table begins a page: one on which a table goes on.
BREAK = "body > section:first-of-type > table > tbody > tr:nth-child(2) { break-before: page }"


def lay_out(
    order: Order,
    sections: Sequence[Section],
    *,
    opening: bool = True,
    numbered: bool = True,
    cut: Table | None = None,
    broken: bool = False,
) -> Document:
    """Pages of these sections; `opening` when they begin the document.

    Where pages are not `numbered`, the total is known only at the end: they leave room for their number.
    Rows of the table that is `cut` can be told apart on its pages. The first table is `broken` after a row.
    """
    given: dict[str, Any] = {
        "order": order,
        "report": order.type,
        "subject": order.type.subject(order),
        "sections": sections,
        "opening": opening,
        "numbered": numbered,
        "company": order.look.name,
        "shades": asdict(order.look.shades).items(),
        "cut": cut,
    }
    css, fonts = stylesheet()
    string, fetcher = render_to_string(order.type.template, given), _fetcher(order.look.logo)
    html = HTML(string=string, base_url=BASE_URL, url_fetcher=fetcher)
    sheets = [css, _break()] if broken else [css]
    return html.render(stylesheets=sheets, font_config=fonts, pdf_variant=VARIANT)


def lay_out_rest(order: Order, sections: Sequence[Section], cut: Table | None) -> Document:
    """The same, where the first section is a table that began on a page before.

    A row that is first in its table has another line above it: so an empty one comes first, on a page that is
    dropped.
    """
    first, *others = sections
    if not isinstance(first, Table):
        raise TypeError("Only a table goes on from the page before.")
    before = replace(first, rows=[[""] * len(first.columns), *first.rows], first_row=first.first_row - 1)
    cut = before if cut is first else cut
    laid = lay_out(order, [before, *others], opening=False, numbered=False, cut=cut, broken=True)
    return laid.copy(laid.pages[1:])


@lru_cache(maxsize=4)
def _fetcher(logo: bytes) -> OwnAssets:
    """Made once: it reads all certificates of the machine, for addresses that it never asks."""
    return OwnAssets(logo)


@cache
def _break() -> CSS:
    return CSS(string=BREAK)


def rows_on(page: Any) -> list[int]:
    """Which rows of the table that is cut begin or go on here."""
    return sorted(int(name[4:]) for name in page.anchors if name.startswith("row-"))


@contextmanager
def only_young_garbage() -> Iterator[None]:
    """Laying out makes millions of objects that are needed to its end: walks over them take a third of it.

    Then they are rubbish that refers to itself in circles. It is young still, and nothing else is looked
    through: all that a worker has loaded takes a quarter of a second.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        if was_on:
            gc.enable()
