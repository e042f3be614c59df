"""Rows of a model that are written by the thousand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model

from backoffice.history.row_forms import Json, form_of

__all__ = ["Batch", "Json", "Table", "Writes", "insert", "plain"]


class Batch(NamedTuple):
    """Rows of one table in the form that its database takes."""

    table: str
    columns: tuple[str, ...]
    rows: Any
    number: int


type Writes = Callable[[Batch], None]


class Table:
    """Rows of one model that wait to be written; what a row does not name has the model's default."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.name = model._meta.db_table
        self.fields = [field for field in model._meta.concrete_fields if field is not model._meta.auto_field]
        self.names = frozenset(field.attname for field in self.fields)
        self._form = form_of(self.fields)
        self._defaults = {field.attname: plain(field.get_default()) for field in self.fields}
        self._rows: list[Any] = []

    def add(self, **values: Any) -> None:
        """One row, by the names of its columns (`recipient_id`); raises TypeError for one that is none."""
        self.add_row(self._defaults | values)

    def add_row(self, row: dict[str, Any]) -> int:
        """The same of a row that names each column. Returns its place among those that wait."""
        self._rows.append(self._fit(row))
        return len(self._rows) - 1

    def replace(self, place: int, row: dict[str, Any]) -> None:
        """Put this in the place of one that still waits."""
        self._rows[place] = self._fit(row)

    def take(self) -> Batch:
        """All rows that wait; they are the caller's now."""
        rows, self._rows = self._rows, []
        return Batch(self.name, self._form.columns, self._form.together(rows), len(rows))

    def _fit(self, row: dict[str, Any]) -> Any:
        if len(row) != len(self.names):
            raise TypeError(f"{self.model.__name__} has no {', '.join(row.keys() - self.names)}.")
        return self._form.fit(row)


def insert(batch: Batch) -> None:
    """By INSERT, in the parameters of a database without COPY."""
    named, marks = (
        ", ".join(f'"{one}"' for one in batch.columns),
        ", ".join(["%s"] * len(batch.columns)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{batch.table}" ({named}) VALUES ({marks})', batch.rows)  # noqa: S608


def plain(value: Any) -> Any:
    """A member of an enumeration as the text that is stored."""
    return value.value if hasattr(value, "value") else value
