"""Rows of a model written by the thousand: COPY on PostgreSQL, INSERT elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import Any, Protocol

from django.db import connection
from django.db.models import DateTimeField, Field, JSONField, Model, UUIDField


class Json(str):
    """JSON that is text already."""

    __slots__ = ()


class Writes(Protocol):
    def __call__(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None: ...


class Table:
    """Rows of one model that wait to be written; what a row does not name has the model's default."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.name = model._meta.db_table
        self.fields = [field for field in model._meta.concrete_fields if field is not model._meta.auto_field]
        self.names = frozenset(field.attname for field in self.fields)
        self.written = 0
        self._columns = [str(field.column) for field in self.fields]
        self._defaults = {field.attname: plain(field.get_default()) for field in self.fields}
        self._in_order = itemgetter(*self._defaults)
        self._converted = [(field.attname, how) for field in self.fields if (how := _converter(field))]
        self._rows: list[tuple[Any, ...]] = []

    def add(self, **values: Any) -> None:
        """One row, by the names of its columns (`recipient_id`); raises TypeError for one that is none."""
        self.add_row(self._defaults | values)

    def add_row(self, row: dict[str, Any]) -> int:
        """The same of a row that names each column; it is the table's from now on. Returns its place."""
        self._rows.append(self._fit(row))
        return len(self._rows) - 1

    def replace(self, place: int, row: dict[str, Any]) -> None:
        """Put this in the place of one that still waits."""
        self._rows[place] = self._fit(row)

    def _fit(self, row: dict[str, Any]) -> tuple[Any, ...]:
        """As the database takes it. Raises TypeError for a column that there is not."""
        if len(row) != len(self.names):
            raise TypeError(f"{self.model.__name__} has no {', '.join(row.keys() - self.names)}.")
        for name, how in self._converted:
            row[name] = how(row[name])
        return self._in_order(row)  # type: ignore[no-any-return]  # a getter of several gives a tuple

    def write(self, write: Writes) -> None:
        """All rows that wait."""
        rows, self._rows = self._rows, []
        if rows:
            self.written += len(rows)
            write(self.name, self._columns, rows)


def insert(table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    named, marks = ", ".join(f'"{one}"' for one in columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({marks})', rows)  # noqa: S608


def plain(value: Any) -> Any:
    """A member of an enumeration as the text that is stored."""
    return value.value if hasattr(value, "value") else value


def _converter(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What makes a value of this column fit for the driver; None where the driver knows it."""
    if isinstance(field, JSONField):
        encoder = field.encoder
        return lambda value: value if value is None or type(value) is Json else json.dumps(value, cls=encoder)
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, DateTimeField):
        return _as_sqlite_keeps_it
    if isinstance(getattr(field, "target_field", field), UUIDField):  # a foreign key has one
        return lambda value: None if value is None else value.replace("-", "")
    return None


def _as_sqlite_keeps_it(moment: datetime | None) -> str | None:
    """As Django writes it (`adapt_datetimefield_value`), in a tenth of the time."""
    return None if moment is None else str(moment.astimezone(connection.timezone).replace(tzinfo=None))
