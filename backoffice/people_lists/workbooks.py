"""XLSX: what a workbook says of itself, and which of its sheets has the people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet

from backoffice.people_lists.columns import names_a_list
from backoffice.people_lists.errors import Damaged, UnreadableList
from backoffice.people_lists.limits import (
    MOST_OF_OTHERS,
    MOST_OF_SHEETS,
    MOST_OF_TEXTS,
    MOST_PARTS,
    MOST_SHEETS,
)
from backoffice.people_lists.rows import Lines, Row
from backoffice.people_lists.sheets import NAMED, Sheet, rows_of

# What a file within says of the whole.
WORKBOOK, BINARY_WORKBOOK, NUMBERS = "xl/workbook.xml", "xl/workbook.bin", "Index/Document.iwa"
TEXTS = "xl/sharedStrings.xml"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")


def lines_of(content: IO[bytes]) -> Lines:
    """Raises UnreadableList for what is no workbook, or has addresses on several sheets or on none."""
    _refuse_others(content)
    try:
        return _lines_of(_sheets_of(content))
    except UnreadableList:
        raise
    except Exception as error:  # a parser of what strangers wrote raises whatever it trips over
        raise Damaged() from error


def _sheets_of(content: IO[bytes]) -> list[Sheet]:
    """openpyxl's load_workbook() without its first look at each sheet, which may hold all of it in memory."""
    reader = ExcelReader(content, read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    return [
        Sheet(reader, found.name, relation.target, is_visible=found.state == "visible")
        for found, relation in reader.parser.find_sheets()
        if "chartsheet" not in relation.Type
    ][:MOST_SHEETS]


def _refuse_others(content: IO[bytes]) -> None:
    """By what the archive says of itself, before it is unpacked; zipfile reads no more of it than that."""
    try:
        parts = ZipFile(content).infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise Damaged() from error
    names = {part.filename for part in parts}
    if WORKBOOK not in names:
        raise UnreadableList(_other_archive(names))
    if _is_too_large(parts):
        raise UnreadableList(
            _(
                "This workbook is too large to be read here. Copy the list into a new workbook, or save "
                "its sheet as CSV, then upload that; or import it in several parts."
            )
        )


def _is_too_large(parts: Sequence[ZipInfo]) -> bool:
    sheets = sum(part.file_size for part in parts if _SHEET.fullmatch(part.filename))
    texts = sum(part.file_size for part in parts if part.filename == TEXTS)
    others = [part for part in parts if not _SHEET.fullmatch(part.filename) and part.filename != TEXTS]
    return (
        sheets > MOST_OF_SHEETS
        or texts > MOST_OF_TEXTS
        or any(
            part.file_size > MOST_OF_OTHERS for part in others if part.filename.endswith((".xml", ".rels"))
        )
        or len(parts) > MOST_PARTS
    )


def _other_archive(names: set[str]) -> str:
    if NUMBERS in names:
        kind = _("a document of Numbers (.numbers)")
    elif "mimetype" in names and "content.xml" in names:
        kind = _("an OpenDocument file (.ods)")
    elif BINARY_WORKBOOK in names:
        kind = _("a binary workbook (.xlsb)")
    else:
        kind = _("an archive that holds no workbook")
    return _(
        "This is %(kind)s. Open it, save the list as “Excel workbook (.xlsx)” or as CSV, then upload that."
    ) % {"kind": kind}


def _lines_of(sheets: Sequence[Sheet]) -> Lines:
    notes: list[str] = []
    sheet = _chosen([one for one in sheets if one.is_visible])
    rows = _guarded(rows_of(sheet, notes))
    header = next((row for row in rows if not row.is_blank), None)
    if header is None:
        raise UnreadableList(_("The file is empty: it has no line at all."))
    others = [other.title for other in sheets if other is not sheet]
    if others:
        notes.append(
            _("Of this workbook the sheet “%(sheet)s” is read, and not: %(others)s.")
            % {
                "sheet": sheet.title,
                "others": get_text_list(others[:NAMED], _("and")),
            }
        )
    return Lines(header, rows, notes)


def _chosen(sheets: Sequence[Sheet]) -> Sheet:
    """The one that has addresses; where none has, the first, so that its reader is told what is missing."""
    if not sheets:
        raise UnreadableList(_("The file is empty: it has no line at all."))
    with_addresses = [sheet for sheet in sheets if len(sheets) == 1 or _has_addresses(sheet)]
    if len(with_addresses) > 1:
        titles = get_text_list([sheet.title for sheet in with_addresses[:NAMED]], _("and"))
        raise UnreadableList(
            _(
                "Several sheets of this workbook have addresses: %(titles)s. Put all people on one "
                "sheet, or save each sheet as a file of its own, then upload that."
            )
            % {"titles": titles}
        )
    return (with_addresses or sheets)[0]


def _has_addresses(sheet: Sheet) -> bool:
    with closing(rows_of(sheet, [])) as rows:
        header = next((row for row in rows if not row.is_blank), None)
    return header is not None and names_a_list(header.cells) > 0


def _guarded(rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except UnreadableList:
        raise
    except Exception as error:  # as above: the sheet is parsed while it is read
        raise Damaged() from error
