"""Reading made reports back, as a person would."""

from __future__ import annotations

import csv
import io
from typing import Any

import pdfplumber
from django.core.files.storage import default_storage

from backoffice.reports.making import Made


def content(made: Made) -> bytes:
    with default_storage.open(made.report.file) as file:
        return file.read()


def pages(made: Made) -> list[str]:
    """The text of each page, hard spaces made ordinary ones."""
    with pdfplumber.open(io.BytesIO(content(made))) as pdf:
        return [(page.extract_text() or "").replace("\xa0", " ").replace("\u202f", " ") for page in pdf.pages]


def text(made: Made) -> str:
    return "\n".join(pages(made))


def rows(made: Made, delimiter: str = ",") -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(content(made).decode("utf-8-sig")), delimiter=delimiter))
