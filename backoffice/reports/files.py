"""What kind of file each format is, for whoever hands one out."""

from __future__ import annotations

from backoffice.reports.forms import Format

CONTENT_TYPES = {
    Format.PDF: "application/pdf",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
