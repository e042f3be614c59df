"""Several ordered ranges of one table, read together: of each no more rows than a page shows.

In their place an OR, or a condition on the keys that all of them give, is sorted whole before its first row:
no index has the order of both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet
from django.db.models.expressions import RawSQL

type Part = tuple[str, Sequence[Any]]  # a statement, and its values


def first_of_each[Row: Model](ranges: Sequence[QuerySet[Row]], size: int) -> list[Row]:
    """So many rows from the beginning of each range, a row of several once; in no order."""
    sql, values = _together([rows[:size] for rows in ranges])
    found: Any = ranges[0].model._default_manager.raw(sql, values, using=ranges[0].db)
    return list({row.pk: row for row in found}.values())


def keys_of_each(ranges: Sequence[QuerySet[Any]], size: int) -> RawSQL:
    """For `pk__in`: the keys of so many rows from the beginning of each range. What a range is narrowed to is
    asked of its index alone, and few rows are read."""
    sql, values = _union([part_of(rows.values_list("pk", flat=True)[:size]) for rows in ranges])
    return RawSQL(sql, values)  # noqa: S611 - the ORM's own


def values_of_each(parts: Sequence[Part], using: str = DEFAULT_DB_ALIAS) -> list[Any]:
    """The one column that these statements ask for, asked in one; each value once."""
    sql, values = _union(parts)
    with connections[using].cursor() as cursor:
        cursor.execute(sql, values)
        return list(dict.fromkeys(value for (value,) in cursor.fetchall()))


def part_of(rows: QuerySet[Any, Any]) -> Part:
    return rows.query.sql_with_params()


def among_first(rows: QuerySet[Any], size: int, column: str, wanted: Q) -> Part:
    """Of the first so many rows those that are wanted: no more than these are read, whatever is wanted."""
    flagged = rows.annotate(wanted=ExpressionWrapper(wanted, BooleanField())).values_list(column, "wanted")
    sql, values = part_of(flagged[:size])
    return f"SELECT {column} FROM ({sql}) first WHERE wanted", values  # noqa: S608 - the ORM's own


def newest_by(
    column: str, moment: str, ranges: Sequence[QuerySet[Any]], size: int, same: tuple[str, Any] | None = None
) -> tuple[Counter[Any], bool]:
    """How many of the newest rows of all ranges have which value, and whether there are more than so many.

    The ranges have no row in common but those of the first one, which `same` tells by a column and its value.
    An index that has all of these columns is all that is read.
    """
    columns = [moment, column, *([same[0]] if same else ())]
    sql, values = _together([rows.values_list(*columns)[: size + 1] for rows in ranges], same)
    newest = f"SELECT * FROM ({sql}) rows ORDER BY {moment} DESC LIMIT %s"  # noqa: S608 - the ORM's own
    counted = f"SELECT {column}, COUNT(*), MIN({moment}) FROM ({newest}) newest GROUP BY {column}"  # noqa: S608 - see above
    with connections[ranges[0].db].cursor() as cursor:
        cursor.execute(counted, [*values, size + 1])
        found = cursor.fetchall()
    counts = Counter({value: count for value, count, _oldest in found})
    more = counts.total() > size
    if more:  # one too many was read, to know of it: the oldest
        counts[min(found, key=lambda row: row[2])[0]] -= 1
    return counts, more


def _together(
    ranges: Sequence[QuerySet[Any, Any]], same: tuple[str, Any] | None = None
) -> tuple[str, list[Any]]:
    if same is None:
        return _union([part_of(rows) for rows in ranges])
    first, *rest = map(part_of, ranges)
    name, value = same
    apart = f" others WHERE {name} IS NULL OR {name} <> %s"
    return _union([first, *((f"SELECT * FROM ({sql}){apart}", (*values, value)) for sql, values in rest)])  # noqa: S608 - the ORM's own


def _union(parts: Sequence[Part]) -> tuple[str, list[Any]]:
    """Each as a table of its own: SQLite takes no LIMIT in a part of a union."""
    texts = [f"SELECT * FROM ({sql}) part{number}" for number, (sql, _values) in enumerate(parts)]  # noqa: S608 - the ORM's own
    return " UNION ALL ".join(texts), [value for _sql, values in parts for value in values]
