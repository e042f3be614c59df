"""What becomes of a list of recipients: each row new, changed, as it was, or rejected with its reason."""

from __future__ import annotations

import csv
import io
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models import Field
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource
from import_export.results import InvalidRow, Result
from tablib import Dataset

from backoffice.emails.audience import refuse_accents
from backoffice.models import Recipient

FIELDS = ("email", "name", "company", "language", "active")
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
BATCH = 500  # rows in one statement

type Values = dict[str, Any]  # by name of the field


class KnownRecipients(BaseInstanceLoader):  # type: ignore[misc]  # import-export has no types
    """The recipients a list names, looked up before its first row: a query for a thousand addresses."""

    def __init__(self, resource: Any, dataset: Dataset) -> None:
        super().__init__(resource, dataset)
        named = Recipient.objects.with_addresses(cell.strip() for cell in dataset["email"])
        self.known = {one.email.lower(): one for one in named}

    def get_instance(self, row: dict[str, Any]) -> Recipient | None:
        return self.known.get(row["email"].lower())


class ListResult(Result):  # type: ignore[misc]
    """Counts and rows; a rejected row's columns that the file lacks are empty."""

    def append_invalid_row(self, number: int, row: dict[str, Any], validation_error: ValidationError) -> None:
        values = tuple(row.get(column, "") for column in self.diff_headers)
        self.invalid_rows.append(InvalidRow(number, validation_error, values))


class RecipientResource(ModelResource):  # type: ignore[misc]
    """One row, one recipient, known by the address. A row that is not right is left out, with its reason."""

    class Meta:
        model = Recipient
        fields = FIELDS
        import_id_fields = ("email",)
        instance_loader_class = KnownRecipients
        clean_model_instances = True  # the model's own rules, said per row
        store_instance = True  # for the preview
        skip_diff = True  # a deep copy and a comparison in HTML for each row take longer than all the rest
        use_bulk = True
        batch_size = BATCH

    @classmethod
    def get_result_class(cls) -> type[ListResult]:
        return ListResult

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        self._lines: dict[str, int] = {}  # address → the line it first stands on

    def before_import_row(self, row: dict[str, Any], row_number: int = 0, **kwargs: Any) -> None:
        """Tidy the cells in place; raises ValidationError for an address that stood before."""
        row["email"] = row["email"].strip()
        line = row_number + 1  # the first line holds the column names
        first = self._lines.setdefault(row["email"].lower(), line)
        if first != line:
            raise ValidationError(
                {"email": _("This address stands on line %(line)s already.") % {"line": first}}
            )
        self._wrong = tidy(row)

    def after_init_instance(self, instance: Recipient, new: bool, row: Any, **kwargs: Any) -> None:
        self._stood: Values | None = None if new else values_of(instance)
        self._was_for_tests = instance.for_tests
        instance.for_tests = False  # who stands on a list is to get what the list gets

    def skip_row(self, instance: Recipient, original: None, row: Any, errors: Any = None) -> bool:
        changed = self._was_for_tests or self._stood != values_of(instance)
        return not (changed or errors or self._wrong)

    def validate_instance(
        self, instance: Recipient, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """All that is wrong with a row. That its address is new was seen already, for all rows at once."""
        errors = {**(import_validation_errors or {}), **self._wrong}
        try:
            instance.full_clean(exclude=errors, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def bulk_update(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Result | None = None,
    ) -> None:
        """An upsert by id: Django's bulk_update() writes a CASE for each cell, ten times as slow."""
        changed = list(self.update_instances)
        self.update_instances.clear()
        if not changed or dry_run:
            return
        try:
            Recipient.objects.bulk_create(
                changed,
                batch_size,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=(*FIELDS, "for_tests"),
            )
        except DatabaseError as error:
            self.handle_import_error(result, error, raise_errors)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        row_result.stood = self._stood

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.filter(for_tests=False)


def values_of(recipient: Recipient) -> Values:
    return {name: getattr(recipient, name) for name in FIELDS}


def tidy(row: dict[str, Any]) -> dict[str, list[ValidationError]]:
    """Write the row's cells as the model has them; what no tidying helps, by column."""
    wrong: dict[str, list[ValidationError]] = {}
    for column, read in (("email", refuse_accents), ("language", language), ("active", truth)):
        if column in row:
            try:
                row[column] = read(row[column])
            except ValidationError as error:
                wrong[column] = [error]
    return wrong


def language(cell: str) -> str:
    """Its code; raises ValidationError."""
    said = cell.strip().lower()
    if said not in LANGUAGES:
        codes = get_text_list([code for code, _name in settings.LANGUAGES])
        raise ValidationError(
            _("“%(said)s” is no language we write in: use %(codes)s.")
            % {"said": cell.strip(), "codes": codes}
        )
    return LANGUAGES[said]


def truth(cell: str) -> str:
    """1 or 0; raises ValidationError."""
    said = cell.strip().lower()
    if said in YES | NO:
        return "1" if said in YES else "0"
    raise ValidationError(_("Write yes or no here, not “%(cell)s”.") % {"cell": cell})


# --- What is shown of it -----------------------------------------------------------------------


def columns() -> list[str]:
    """Their names in the reader's language."""
    return [label_of(name) for name in FIELDS]


def label_of(name: str) -> str:
    field = cast("Field[Any, Any]", Recipient._meta.get_field(name))
    return capfirst(str(field.verbose_name))


def accepted_rows(result: Result, limit: int) -> list[dict[str, Any]]:
    """The first rows that would be imported: {"new": bool, "cells": [(text, the text it replaces or "")]}."""
    rows = [row for row in result.rows if row.is_new() or row.is_update()][:limit]
    return [{"new": row.is_new(), "cells": _cells(values_of(row.instance), row.stood)} for row in rows]


def _cells(values: Values, stood: Values | None) -> list[tuple[str, str]]:
    before = stood or values
    return [
        (_text(value), _text(before[name]) if before[name] != value else "") for name, value in values.items()
    ]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def rejected_rows(result: Result, limit: int) -> list[dict[str, Any]]:
    """The first rejected lines: {"line": number in the file, "values": its cells, "reason": a sentence}."""
    return [
        {"line": row.number + 1, "values": row.values, "reason": reason(row)}
        for row in result.invalid_rows[:limit]
    ]


def rejected_file(dataset: Dataset, result: Result) -> str:
    """The rejected lines as they came, as CSV with one more column: what is wrong with each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*dataset.headers, "error"])
    for row in result.invalid_rows:
        writer.writerow([*(defused(cell) for cell in dataset[row.number - 1]), reason(row)])
    return "\ufeff" + out.getvalue()


def reason(row: InvalidRow) -> str:
    """All that is wrong with a row, in one cell."""
    said = [
        _("%(column)s: %(problem)s") % {"column": label_of(name), "problem": " ".join(map(str, found))}
        for name, found in row.field_specific_errors.items()
    ]
    return " ".join([*said, *map(str, row.non_field_specific_errors)])


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
