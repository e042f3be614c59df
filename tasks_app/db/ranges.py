"""Several ordered ranges of one table, read together: of each no more rows than a page shows.

In their place an OR, or a condition on the keys that all of them give, is sorted whole before its first row:
no index has the order of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet


def first_of_each[Row: Model](ranges: Sequence[QuerySet[Row]], size: int) -> list[Row]:
    """So many rows from the beginning of each range, a row of several once; in no order."""
    sql, values = _together([rows[:size] for rows in ranges])
    found: Any = ranges[0].model._default_manager.raw(sql, values, using=ranges[0].db)
    return list({row.pk: row for row in found}.values())


def columns_of_each(
    ranges: Sequence[QuerySet[Any]], columns: Sequence[str], size: int
) -> list[tuple[Any, ...]]:
    """The same of these columns alone, as the database has them; the first one tells rows apart."""
    sql, values = _together([rows.values_list(*columns)[:size] for rows in ranges])
    with connections[ranges[0].db].cursor() as cursor:
        cursor.execute(sql, values)
        return list({row[0]: row for row in cursor.fetchall()}.values())


def _together(ranges: Sequence[QuerySet[Any, Any]]) -> tuple[str, list[Any]]:
    """Each as a table of its own: SQLite takes no LIMIT in a part of a union."""
    parts, values = [], list[Any]()
    for number, rows in enumerate(ranges):
        sql, given = rows.query.sql_with_params()
        parts.append(f"SELECT * FROM ({sql}) part{number}")  # noqa: S608 - the ORM's own
        values += given
    return " UNION ALL ".join(parts), values
