"""Rows of a model written by the thousand: COPY on PostgreSQL, INSERT elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any, ClassVar

from django.db import connection
from django.db.models import DateTimeField, Field, JSONField, Model


class Json(str):
    """JSON that is text already."""

    __slots__ = ()


class Table:
    """Rows of one model that wait to be written; what a row does not name has the model's default."""

    _made: ClassVar[dict[type[Model], Table]] = {}

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.name = model._meta.db_table
        self.fields = [field for field in model._meta.concrete_fields if field is not model._meta.auto_field]
        self.names = frozenset(field.attname for field in self.fields)
        self.written = 0
        self._order = [field.attname for field in self.fields]
        self._defaults = {field.attname: field.get_default() for field in self.fields}
        self._converted = [
            (position, convert)
            for position, field in enumerate(self.fields)
            if (convert := _converter(field))
        ]
        self._rows: list[list[Any]] = []

    def add(self, **values: Any) -> list[Any]:
        """One row, by the names of its columns (`recipient_id`); raises TypeError for one that is none."""
        named = self._defaults | values
        if len(named) > len(self._order):
            raise TypeError(f"{self.model.__name__} has no {', '.join(named.keys() - self.names)}.")
        row = [named[name] for name in self._order]
        for position, convert in self._converted:
            row[position] = convert(row[position])
        self._rows.append(row)
        return row

    def change(self, row: list[Any], **values: Any) -> None:
        """A row that was added, and is not written yet."""
        for name, value in values.items():
            position = self._order.index(name)
            convert = dict(self._converted).get(position)
            row[position] = convert(value) if convert else value

    def write(self) -> None:
        """All rows that wait."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        self.written += len(rows)
        columns = ", ".join(f'"{field.column}"' for field in self.fields)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                copying = cursor.copy(f'COPY "{self.name}" ({columns}) FROM STDIN')
                with connection.wrap_database_errors, copying as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self.fields))
                cursor.executemany(f'INSERT INTO "{self.name}" ({columns}) VALUES ({marks})', rows)  # noqa: S608


def _converter(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What makes a value of this column fit for the driver; None where the driver knows it."""
    if isinstance(field, JSONField):
        encoder = field.encoder
        return lambda value: value if value is None or type(value) is Json else json.dumps(value, cls=encoder)
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, DateTimeField):
        return lambda value: (
            None if value is None else connection.ops.adapt_datetimefield_value(value.astimezone(UTC))
        )
    return lambda value: field.get_db_prep_value(value, connection)


@contextmanager
def indexes_built_at_the_end(names: list[str], *, wanted: bool) -> Iterator[None]:
    """Filling large tables through their indexes takes several times as long as building these afterwards.

    PostgreSQL only, within a transaction: what is interrupted leaves every index where it was.
    """
    if not wanted or connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        definitions = []
        for table in names:
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
                " AND tablename = %s AND indexname NOT IN"
                " (SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)",
                [table, table],
            )
            definitions += cursor.fetchall()
        for name, _definition in definitions:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # foreign keys: what waits for them bars an index
        for _name, definition in definitions:
            cursor.execute(definition)
