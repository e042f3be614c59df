"""All recipients, or those that a page shows, as a CSV file that can be imported again."""

from __future__ import annotations

from functools import partial
from typing import Any

from import_export.fields import Field
from import_export.formats.base_formats import CSV
from import_export.resources import ModelResource
from tablib import Dataset

from backoffice.models import Recipient, RecipientField
from backoffice.models.recipient_fields import names_in
from backoffice.people_lists.columns import FIELDS
from backoffice.people_lists.files import csv_of
from backoffice.people_lists.own import written


class RecipientResource(ModelResource):  # type: ignore[misc]  # import-export has no types
    """Columns of the model, then tags, then the house's own fields as there are some when it is made."""

    tags = Field(column_name="tags", dehydrate_method=lambda recipient: names_in(recipient.tags.all()))

    class Meta:
        model = Recipient
        fields = (*FIELDS, "zone", "tags")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for own in RecipientField.objects.all():
            self.fields[f"own_{own.name}"] = Field(
                column_name=own.name, dehydrate_method=partial(_written, name=own.name)
            )

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.filter(for_tests=False).prefetch_related("tags")


def _written(recipient: Recipient, name: str) -> str:
    return written(recipient.own.get(name))


class RecipientsCSV(CSV):  # type: ignore[misc]
    """As the reader's spreadsheet opens it, without a cell that becomes a formula."""

    def get_title(self) -> str:
        return "csv"

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        return csv_of([map(str, row) for row in [dataset.headers, *dataset]])
