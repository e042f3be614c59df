"""Lists of recipients as people have them: CSV with commas, semicolons or tabs, in UTF-8 or Latin-1."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV
from import_export.resources import ModelResource
from tablib import Dataset

from backoffice.models import Recipient

# What the columns of such lists are called, in the languages of the interface.
COLUMNS = {
    "email": {"email", "e-mail", "mail", "email address", "address", "adresse", "adresse e-mail", "courriel"},
    "name": {"name", "full name", "nom", "nom complet"},
    "company": {"company", "organisation", "organization", "société", "societe", "entreprise"},
    "language": {"language", "lang", "langue"},
    "active": {"active", "actif"},
}
YES = {"", "1", "yes", "y", "true", "oui", "o", "vrai", "x"}
NO = {"0", "no", "n", "false", "non", "faux"}
LANGUAGES = {code: code for code, _name in settings.LANGUAGES} | {
    "english": "en",
    "anglais": "en",
    "french": "fr",
    "français": "fr",
    "francais": "fr",
    "": settings.LANGUAGE_CODE,
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
        rows = list(csv.reader(io.StringIO(decoded(in_stream)), delimiter=delimiter_of(decoded(in_stream))))
        rows = [row for row in rows if any(cell.strip() for cell in row)]
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
        dataset = Dataset(headers=headers)
        for row in rows[1:]:
            dataset.append([*row, *[""] * len(headers)][: len(headers)])
        return dataset

    def export_data(self, dataset: Dataset, **kwargs: Any) -> str:
        """With a mark that spreadsheets need to read accents."""
        return "\ufeff" + str(super().export_data(dataset, **kwargs))


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


class RecipientResource(ModelResource):  # type: ignore[misc]
    """One row, one recipient, known by the address. A row that is not right is left out, with its reason."""

    class Meta:
        model = Recipient
        fields = ("email", "name", "company", "language", "active")
        import_id_fields = ("email",)
        clean_model_instances = True  # the model's own rules, said per row
        skip_unchanged = True

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        self._lines: dict[str, int] = {}  # address → the line it first stands on

    def before_import_row(self, row: dict[str, Any], row_number: int = 0, **kwargs: Any) -> None:
        """Tidy the cells in place; raises ValidationError for what no tidying helps."""
        row["email"] = row["email"].strip()
        line = row_number + 1  # the first line holds the column names
        first = self._lines.setdefault(row["email"].lower(), line)
        if first != line:
            raise ValidationError(
                {"email": _("This address stands on line %(line)s already.") % {"line": first}}
            )
        if "language" in row:
            said = row["language"].strip().lower()
            row["language"] = LANGUAGES.get(said, said)
        if "active" in row:
            row["active"] = truth(row["active"])

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Recipient | None:
        return Recipient.objects.with_address(row["email"]).first()


def truth(cell: str) -> str:
    said = cell.strip().lower()
    if said in YES | NO:
        return "1" if said in YES else "0"
    raise ValidationError({"active": _("Write yes or no here, not “%(cell)s”.") % {"cell": cell}})


def rejected(dataset: Dataset, result: Any) -> str:
    """The rejected lines as they came, as CSV with one more column: what is wrong with each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*dataset.headers, "error"])
    for row in result.invalid_rows:
        writer.writerow([*(defused(cell) for cell in dataset[row.number - 1]), reason(row)])
    return "\ufeff" + out.getvalue()


def reason(row: Any) -> str:
    """All that is wrong with a row, in one cell."""
    said = [f"{field}: {' '.join(map(str, found))}" for field, found in row.field_specific_errors.items()]
    return "; ".join([*said, *map(str, row.non_field_specific_errors)])


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
