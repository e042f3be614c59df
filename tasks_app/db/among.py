"""Rows by very many keys: one value in the statement, and always read by the index of the keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func


class Among(Func):
    """A condition for `filter`: the column's value is one of these, however many.

    As a list in the statement, thousands of keys make PostgreSQL walk an index in the order of the page
    instead, past all rows that are none of them. A database cannot know how many an array that it reads first
    will have; it takes them for few, and asks its index of the column for each.
    """

    output_field = BooleanField()

    def __init__(self, column: str, values: Iterable[Any]) -> None:
        super().__init__(F(column))
        self.values = list(values)

    def as_sql(  # type: ignore[override]  # it is never written as a function
        self, compiler: Any, connection: Any, **options: Any
    ) -> tuple[str, Any]:
        [column] = self.source_expressions
        sql, params = compiler.compile(column)
        asked = f"{sql} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - a column, as Django writes it
        return asked, [*params, self._as_json(connection)]

    def as_postgresql(self, compiler: Any, connection: Any, **options: Any) -> tuple[str, Any]:
        [column] = self.source_expressions
        sql, params = compiler.compile(column)
        given = f"SELECT jsonb_array_elements_text(%s::jsonb)::{column.output_field.cast_db_type(connection)}"
        return f"{sql} = ANY(ARRAY({given}))", [*params, self._as_json(connection)]

    def _as_json(self, connection: Any) -> str:
        [column] = self.source_expressions
        return json.dumps(
            [column.output_field.get_db_prep_value(value, connection) for value in self.values], default=str
        )

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = Func.__hash__
