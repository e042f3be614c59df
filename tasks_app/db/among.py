"""Rows by very many keys: one value in the statement, and always read by the index of the keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import datetime
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
        return json.dumps(self._stored(connection), default=str)

    def _stored(self, connection: Any) -> list[Any]:
        """The values as the database has them."""
        [column] = self.source_expressions
        return [column.output_field.get_db_prep_value(value, connection) for value in self.values]

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = Func.__hash__


type Dated = Sequence[tuple[datetime, str]]  # moments and keys as the database has them, the newest first


class Keys:
    """What a search found. Of thousands the first are known, and the others where they are wanted."""

    def __init__(
        self, first: Dated, rest: Callable[[], Dated] | None = None, total: int | None = None
    ) -> None:
        self.first, self.total, self._rest = first, total, rest

    @property
    def are_more(self) -> bool:
        return self._rest is not None

    def all(self) -> Dated:
        if self._rest is not None:
            self.first, self._rest = self._rest(), None
        return self.first


class AmongDated(Among):
    """The same of keys that came with the moment by which their list is ordered, and of some others.

    A page of the list asks for the few keys that it may show (`windows.py`), and not for all.
    """

    def __init__(self, column: str, moment: str, found: Keys, others: Iterable[Any] = ()) -> None:
        super().__init__(column, others)
        self.moment, self.found = moment, found

    def only(self, dated: Dated) -> AmongDated:
        """Of some of the dated keys, and of all others."""
        narrowed = copy(self)
        narrowed.found = Keys(dated)
        return narrowed

    def _stored(self, connection: Any) -> list[Any]:
        """They came as the database has them: thousands, which are not made into values and back."""
        return [key for _moment, key in self.found.all()] + super()._stored(connection)
