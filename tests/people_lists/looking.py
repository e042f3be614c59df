"""What the preview makes of a file, in a form that tests can compare."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook

from backoffice.people_lists.columns import FIELDS
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.preview import Preview, preview_of, reason
from backoffice.people_lists.verdicts import Outcome, Verdict

type Sheet = Sequence[Sequence[Any]]


def look(content: bytes | str) -> Preview:
    return preview_of(content.encode() if isinstance(content, str) else content)


def refusal(content: bytes | str) -> str:
    """The sentence that refuses the whole file."""
    try:
        look(content)
    except UnreadableList as error:
        return str(error)
    raise AssertionError("the file was read")


def people(found: Preview) -> list[tuple[str, str]]:
    """Address and name of everybody who would be imported."""
    return [(one.recipient.email, one.recipient.name) for one in found.accepted if one.recipient is not None]


def rejected(found: Preview) -> list[tuple[int, str]]:
    return [(one.row.line, reason(one.reasons, found.columns.own)) for one in found.rejected]


def figures(found: Preview) -> dict[str, int]:
    """Those that are not 0."""
    return {outcome.value: count for outcome in Outcome if (count := found.figures.by_outcome[outcome])}


def values(verdict: Verdict) -> dict[str, Any]:
    return {name: getattr(verdict.recipient, name) for name in FIELDS}


def workbook(*sheets: Sheet, change: Callable[[Workbook], object] = lambda book: None) -> bytes:
    """An .xlsx with these sheets, called Sheet1, Sheet2 …"""
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(list(row))
    change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
