"""The table of a list. Its cells are written here, not by a template each: a page has hundreds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.templatetags.unfold_list import result_headers

from projet.admin_site.lists.columns import NOTHING, Column, columns_of
from tasks_app.admin.layout import Place

# Labelled by their column on a card, where no head stands above them.
NAMED = (Place.DETAIL, Place.TIME)
KEY, NUMBER = "{key}", "{number}"  # of a row: its key, and its place on the page
NAMES_A_ROW = (Place.TITLE, Place.TIME)
SHORT = 14  # characters that fit any column


def table(cl: Any) -> dict[str, Any]:
    """Head and rows of a list, for lists/table.html."""
    columns = columns_of(cl)
    rows = list(cl.result_list)
    texts = [[column.text(row) for column in columns if column.place is not Place.TICK] for row in rows]
    shown = [column for column in columns if column.place is not Place.TICK]
    # A page on which nothing is wrong leaves the room to other columns.
    quiet = {
        column.name
        for number, column in enumerate(shown)
        if column.place is Place.PROBLEM and all(text[number] in NOTHING for text in texts)
    }
    write = _Writer(cl, shown, quiet, has_ticks=len(shown) < len(columns))
    return {
        "headers": list(_headers(cl, columns, quiet)),
        "rows": [
            write(row, cells, number) for number, (row, cells) in enumerate(zip(rows, texts, strict=True))
        ],
    }


def _headers(cl: Any, columns: list[Column], quiet: set[str]) -> Iterator[dict[str, Any]]:
    for column, header in zip(columns, result_headers(cl), strict=True):
        yield header | {"column": column, "classes": classes(column, quiet)}


def classes(column: Column, quiet: set[str]) -> str:
    is_wide = column.is_wide and column.name not in quiet
    return f"column-{column.name} bo-at-{column.place}{' bo-fill' if is_wide else ''}"


class _Writer:
    """Writes a row: what is the same in all of them is made once."""

    def __init__(self, cl: Any, columns: list[Column], quiet: set[str], *, has_ticks: bool) -> None:
        self.cl = cl
        # A list of ours may lead elsewhere than to the row's own page.
        self.address_of = getattr(cl, "address_of", cl.url_for_result)
        self.starts = [self._start(column, quiet) for column in columns]
        self.columns = columns
        self.back = f"?{cl.preserved_filters}" if cl.preserved_filters else ""
        self.tick = _tick(columns) if has_ticks else ""

    def __call__(self, row: Model, texts: list[str], number: int) -> SafeString:
        address, place = self._address(row), str(number)
        cells = [self.tick.replace(NUMBER, place).replace(KEY, escape(str(row.pk)))] if self.tick else []
        for column, (start, end), text in zip(self.columns, self.starts, texts, strict=True):
            start = start.replace(NUMBER, place)
            shown = f"{address}{text}</a>" if column.is_link and address else _whole_under_pointer(text)
            empty = " bo-none" if text in NOTHING else ""
            cells.append(f"{start}{empty}{end[0]}{shown}{end[1]}")
        return SafeString(f'<tr role="row">{"".join(cells)}</tr>')

    def _start(self, column: Column, quiet: set[str]) -> tuple[str, tuple[str, str]]:
        """What stands before a cell's last class, and what before and after its text."""
        is_head = column.place is Place.TITLE
        label = f' data-label="{escape(column.label)}"' if column.place in NAMED and column.label else ""
        named = classes(column, quiet).replace("column-", "field-", 1)
        begin = '<th role="rowheader" scope="row"' if is_head else '<td role="cell"'
        # Of this cell its tick is called.
        name = f' id="row-{column.place}-{NUMBER}"' if column.place in NAMES_A_ROW else ""
        return f'{begin}{name} class="{escape(named)}', (f'"{label}>', "</th>" if is_head else "</td>")

    def _address(self, row: Model) -> str:
        """The beginning of a link to the row's page; a page of this list's own leads back to it as it is."""
        if not any(column.is_link for column in self.columns):
            return ""
        try:
            url = str(self.address_of(row))
        except NoReverseMatch:
            return ""
        chosen = ""
        if self.cl.is_popup:
            key = row.serializable_value(str(self.cl.to_field) if self.cl.to_field else self.cl.pk_attname)
            chosen = f' data-popup-opener="{conditional_escape(key)}"'
        return f'<a href="{escape(url + self.back)}"{chosen}>'


def _whole_under_pointer(text: str) -> str:
    """A plain text that may be too long for its column."""
    return f'<span title="{text}">{text}</span>' if len(text) > SHORT and "<" not in text else text


def _tick(columns: list[Column]) -> str:
    """The cell of a tick, with KEY where the row's key goes: a widget would be made anew for each row.

    It is called by what it does, then by the cells that tell its row from others.
    """
    from unfold.admin import checkbox  # models are not loaded when this file is

    named = [f"row-{place}-{NUMBER}" for place in NAMES_A_ROW if any(one.place is place for one in columns)]
    attributes = {
        "id": f"row-tick-{NUMBER}",
        "aria-label": _("Select"),
        "aria-labelledby": " ".join([f"row-tick-{NUMBER}", *named]),
    }
    box = checkbox.render(ACTION_CHECKBOX_NAME, KEY, attributes)
    return f'<td role="cell" class="action-checkbox bo-at-tick"><label>{box}</label></td>'
