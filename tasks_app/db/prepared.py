"""Statements that PostgreSQL parses and plans once a connection, not at each use.

For the few that every job or email costs, parsing and planning take as long as carrying them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection, models


class Condition(NamedTuple):
    """What AND may join to a WHERE, and the values named in it: by names that no other part of it uses."""

    sql: str
    values: Mapping[str, Any]

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"{self.sql} AND {other.sql}", {**self.values, **other.values})


ALWAYS = Condition("TRUE", {})


class Statement(NamedTuple):
    """A statement and the values named in it."""

    sql: str
    values: Mapping[str, Any]


class Guarded(NamedTuple):
    """A statement that changes rows only where a condition from elsewhere holds too.

    `text` makes its SQL of two things: what the names of its values begin with, so that it can stand in
    another statement, and the condition. `values` are by their names without that.
    """

    text: Callable[[str, str], str]
    values: Mapping[str, Any]

    def where(self, condition: Condition, prefix: str = "") -> tuple[str, dict[str, Any]]:
        """The statement under this condition, and the values of both."""
        own = {f"{prefix}{name}": value for name, value in self.values.items()}
        return self.text(prefix, condition.sql), {**own, **condition.values}

    def execute(self, condition: Condition = ALWAYS) -> int:
        """By itself; rows that it changed."""
        return execute(*self.where(condition))


@contextmanager
def executed(sql: str, values: Mapping[str, Any]) -> Iterator[Any]:
    """A cursor that has executed this statement, whose text is always the same.

    PostgreSQL gets values apart from the text, so each must show its type: see `typed`. After
    `prepare_threshold` uses (settings) the connection keeps its plan. Inside a transaction, and on SQLite,
    it is an ordinary cursor of Django's. Raises Django's database errors.
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        from psycopg import Cursor
        from psycopg.errors import FeatureNotSupported

        # As Django does before it makes a cursor of its own, which would put the values into the text.
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
            try:
                cursor.execute(sql, values)
            except FeatureNotSupported:  # a migration changed a column's type since: psycopg drops the plan
                cursor.execute(sql, values)
            yield cursor
    else:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            yield cursor


def execute(sql: str, values: Mapping[str, Any]) -> int:
    """Rows that it changed."""
    with executed(sql, values) as cursor:
        return int(cursor.rowcount)


def execute_each(sql: str, values: Iterable[Mapping[str, Any]]) -> int:
    """Rows that it changed, all sets of values together. PostgreSQL only; no plan is kept.

    PostgreSQL carries out one while the next set of values is made, which must ask it for nothing: a
    connection with a statement under way answers in its own way (psycopg's pipeline mode).
    """
    changed = 0
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        connection.connection.pipeline() as pipeline,
        connection.cursor() as cursor,
    ):
        for these in values:
            pipeline.sync()
            changed += max(cursor.rowcount, 0)  # -1 before the first
            cursor.execute(sql, these)
        pipeline.sync()
        changed += max(cursor.rowcount, 0)
    return int(changed)


def typed(field: models.Field[Any, Any], name: str | None = None) -> str:
    """The placeholder of a column's value where nothing around it says its type, as in a SELECT's list."""
    placeholder = f"%({name or field.column})s"
    if connection.vendor != "postgresql":
        return placeholder
    # Without its length: a cast to varchar(16) cuts what is longer, an insertion refuses it.
    return f"CAST({placeholder} AS {str(field.cast_db_type(connection)).partition('(')[0]})"
