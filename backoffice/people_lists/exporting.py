"""All recipients, or those that a page shows, as a CSV file that can be imported again."""

from __future__ import annotations

from typing import Any

from import_export.formats.base_formats import CSV
from import_export.resources import ModelResource
from tablib import Dataset

from backoffice.models import Recipient
from backoffice.people_lists.columns import FIELDS
from backoffice.people_lists.files import csv_of


class RecipientResource(ModelResource):  # type: ignore[misc]  # import-export has no types
    class Meta:
        model = Recipient
        fields = FIELDS

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.filter(for_tests=False)


class RecipientsCSV(CSV):  # type: ignore[misc]
    """As the reader's spreadsheet opens it, without a cell that becomes a formula."""

    def get_title(self) -> str:
        return "csv"

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        return csv_of([map(str, row) for row in [dataset.headers, *dataset]])
