"""A workbook as a file whose bytes say nothing of when it was written: all its dates are given."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter


def save(book: Workbook, target: IO[bytes], at: datetime) -> None:
    """As `Workbook.save`, with this date for the workbook and for each part of its file."""
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.created = book.properties.modified = moment
    with _Dated(target, moment) as archive:
        ExcelWriter(book, archive).write_data()


class _Dated(ZipFile):
    """openpyxl writes some parts from memory, and pages from files of its own."""

    def __init__(self, target: IO[bytes], moment: datetime) -> None:
        super().__init__(target, "w", ZIP_DEFLATED, allowZip64=True)
        self._moment = moment.timetuple()[:6]

    def writestr(
        self,
        zinfo_or_arcname: Any,
        data: Any,
        compress_type: int | None = None,
        compresslevel: int | None = None,
    ) -> None:
        super().writestr(self._part(str(zinfo_or_arcname)), data, compress_type, compresslevel)

    def write(self, filename: Any, arcname: Any = None, *given: Any, **named: Any) -> None:
        source = Path(filename)
        part = self._part(str(arcname or source.name))
        part.file_size = source.stat().st_size  # one of more than 2 GiB needs longer numbers
        with source.open("rb") as read, self.open(part, "w") as written:
            shutil.copyfileobj(read, written, 1 << 20)

    def _part(self, name: str) -> ZipInfo:
        part = ZipInfo(name, self._moment)
        part.compress_type = ZIP_DEFLATED
        return part
