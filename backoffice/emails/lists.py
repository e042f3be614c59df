"""Lists of recipients as people have them: CSV with commas, semicolons or tabs, in UTF-8 or Latin-1."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV
from tablib import Dataset

# What the columns of such lists are called, in the languages of the interface.
COLUMNS = {
    "email": {"email", "e-mail", "mail", "email address", "address", "adresse", "adresse e-mail", "courriel"},
    "name": {"name", "full name", "nom", "nom complet"},
    "company": {"company", "organisation", "organization", "société", "societe", "entreprise"},
    "language": {"language", "lang", "langue"},
    "active": {"active", "actif"},
}


class UnreadableList(ValueError):
    """The file is no list of recipients; `str()` says why and what to do."""


class PeopleCSV(CSV):  # type: ignore[misc]  # import-export has no types
    """CSV in any of its usual dialects; columns in any order, under any of their usual names."""

    def get_title(self) -> str:
        return "csv"

    def is_binary(self) -> bool:
        return True  # the encoding is found out here

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> Dataset:
        """The rows under our column names; raises UnreadableList."""
        rows = rows_of(decoded(in_stream))
        if not rows:
            raise UnreadableList(_("The file is empty: it has no line at all."))
        headers = [column_of(cell) for cell in rows[0]]
        if headers.count("email") != 1:
            raise UnreadableList(
                _(
                    "The first line must name the columns, and exactly one of them “email”. "
                    "It says: %(line)s. Add the line, then upload the file again."
                )
                % {"line": ", ".join(rows[0])[:200]}
            )
        if len(rows) == 1:
            raise UnreadableList(_("Below the names of the columns the file has no line: nobody to import."))
        dataset = Dataset(headers=headers)
        for row in rows[1:]:
            dataset.append([*row, *[""] * len(headers)][: len(headers)])
        return dataset

    def export_data(self, dataset: Dataset, **kwargs: Any) -> str:
        """With a mark that spreadsheets need to read accents."""
        return "\ufeff" + str(super().export_data(dataset, **kwargs))


def rows_of(text: str) -> list[list[str]]:
    """The lines that say something, cell by cell; raises UnreadableList for what is no CSV."""
    if "\x00" in text:  # a spreadsheet, a picture: no text has this character
        raise UnreadableList(no_csv())
    try:
        rows = list(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter_of(text)))
    except csv.Error as error:
        raise UnreadableList(no_csv()) from error
    return [row for row in rows if any(cell.strip() for cell in row)]


def no_csv() -> str:
    return _(
        "This file is no CSV file. Expected is text (UTF-8 or Latin-1) with the columns email, name, company "
        "and language, whose first line names them. In a spreadsheet, save the list as CSV, then upload that."
    )


def decoded(content: bytes) -> str:
    """UTF-8 with or without its mark; else Windows' Latin-1, in which every byte is some letter."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def delimiter_of(text: str) -> str:
    """The sign the first line has most of."""
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def column_of(header: str) -> str:
    said = header.strip().lower()
    return next((name for name, names in COLUMNS.items() if said in names), said)
