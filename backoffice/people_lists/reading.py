"""A file becomes lines, by what it holds and not by what it is called."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from backoffice.people_lists import text_files
from backoffice.people_lists.columns import Columns, columns_of
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.limits import MOST_ROWS
from backoffice.people_lists.own import own_fields
from backoffice.people_lists.rows import Lines, Row

# How files begin that are often taken for a list.
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel before 2007, and any workbook with a password
PDF = b"%PDF"


@dataclass
class PeopleFile:
    columns: Columns
    notes: list[str]
    lines: Lines = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """The lines below the names of the columns, once; raises UnreadableList where one cannot be read."""
        said = 0
        for row in self.lines.rows:
            said += not row.is_blank
            if said > MOST_ROWS:
                raise UnreadableList(
                    _("This list has more than %(limit)s people. Import it in several parts.")
                    % {"limit": MOST_ROWS}
                )
            yield row
        if not said:
            raise UnreadableList(_("Below the names of the columns the file has no line: nobody to import."))


def read(content: bytes) -> PeopleFile:
    """Raises UnreadableList for a file that is no list, with what to do about it."""
    if not content.strip():
        raise UnreadableList(_("The file is empty: it has no line at all."))
    lines = _lines_of(content)
    return PeopleFile(columns_of(lines.header.cells, own_fields()), lines.notes, lines)


def _lines_of(content: bytes) -> Lines:
    if content.startswith((ZIP, EMPTY_ZIP)):
        # openpyxl takes a while to import, and only few requests need it.
        from backoffice.people_lists import workbooks

        return workbooks.lines_of(io.BytesIO(content))
    if content.startswith(OLE):
        raise UnreadableList(
            _(
                "This is a workbook of an old Excel (.xls), or one that a password protects. Open it, "
                "save it as “Excel workbook (.xlsx)” without a password, then upload that."
            )
        )
    if content.startswith(PDF):
        raise UnreadableList(text_files.no_list())
    return text_files.lines_of(content)
