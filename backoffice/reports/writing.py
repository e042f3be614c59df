"""What was collected, as a file of its format."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import IO

from backoffice.reports import csv
from backoffice.reports.base import Order, Progress
from backoffice.reports.forms import Format
from backoffice.reports.sections import Section, Sheet

CHUNK = 1 << 20  # bytes


def write_pdf(
    order: Order, sections: Sequence[Section], file: IO[bytes], progress: Progress
) -> tuple[int, int]:
    """Returns how many rows and how many pages it has."""
    # WeasyPrint takes seconds to import, and of all processes only a worker needs it.
    from backoffice.reports import pdf

    return pdf.row_count(sections), pdf.write(order, sections, file, progress)


def write_sheet(order: Order, sheet: Sheet, file: IO[bytes]) -> int:
    """Returns how many rows it has."""
    if order.format == Format.CSV:
        return csv.write(sheet, file)
    from backoffice.reports import xlsx  # as seldom needed, and slow to import

    return xlsx.write(sheet, file, order.made_at)


def measured(file: IO[bytes]) -> tuple[int, str]:
    """Bytes, and their SHA-256."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()
