"""Rows and bytes of each table, its indexes included, without a count of what grows.

PostgreSQL knows the size of a file and estimates rows (its ANALYZE does); both are read from its catalogue.
SQLite walks all pages of its file (`dbstat`), which takes a while with a large one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.utils import OperationalError

from backoffice.models import Size

SMALL = 256 * 1024  # bytes: rows of such a table are counted
QUICKLY_WALKED = 32 * 1024 * 1024  # bytes of an SQLite file
# The estimate was of as many pages as there were; there may be more by now.
POSTGRESQL = """
SELECT c.relname, pg_total_relation_size(c.oid), pg_relation_size(c.oid) <= %s,
    CASE WHEN c.reltuples < 0 THEN NULL
        WHEN c.relpages = 0 THEN c.reltuples
        ELSE c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int) END
FROM pg_class AS c
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.relnamespace = current_schema()::regnamespace
"""
# Cells of the leaves of a table's own tree are its rows.
SQLITE = """
SELECT owner.tbl_name, SUM(page.pgsize),
    SUM(CASE WHEN page.name = owner.tbl_name AND page.pagetype = 'leaf' THEN page.ncell ELSE 0 END)
FROM dbstat AS page JOIN sqlite_master AS owner ON owner.name = page.name
GROUP BY owner.tbl_name
"""


@dataclass(frozen=True)
class Measured:
    kind: Size.Kind
    name: str
    count: int | None
    bytes: int | None
    certainty: Size.Certainty = Size.Certainty.COUNTED


def measured() -> list[Measured]:
    """Each table, and the database as a whole."""
    tables = _on_postgresql() if connection.vendor == "postgresql" else _on_sqlite()
    return [*tables, Measured(Size.Kind.DATABASE, "", None, whole())]


def quickly_measured() -> bool:
    """Whether a page may ask for it."""
    return connection.vendor == "postgresql" or whole() <= QUICKLY_WALKED


def whole() -> int:
    """Bytes of the database, with what belongs to no table."""
    if connection.vendor == "postgresql":
        return int(_rows("SELECT pg_database_size(current_database())")[0][0])
    [[pages]], [[size]] = _rows("PRAGMA page_count"), _rows("PRAGMA page_size")
    return int(pages * size)


def _on_postgresql() -> list[Measured]:
    found = _rows(POSTGRESQL, SMALL)
    counted = _counted([name for name, _size, small, _estimate in found if small])
    return [
        Measured(Size.Kind.TABLE, name, counted[name], size)
        if small
        else Measured(
            Size.Kind.TABLE,
            name,
            None if estimate is None else round(estimate),
            size,
            Size.Certainty.ESTIMATED,
        )
        for name, size, small, estimate in found
    ]


def _on_sqlite() -> list[Measured]:
    try:
        return [Measured(Size.Kind.TABLE, name, rows, size) for name, size, rows in _rows(SQLITE)]
    except OperationalError:  # built without dbstat: it can count, and not tell whose a page is
        counted = _counted(connection.introspection.table_names())
        return [Measured(Size.Kind.TABLE, name, rows, None) for name, rows in counted.items()]


def _counted(names: list[str]) -> dict[str, int]:
    counts = " UNION ALL ".join(
        f"SELECT {_literal(name)}, COUNT(*) FROM {connection.ops.quote_name(name)}"  # noqa: S608
        for name in names
    )
    return dict(_rows(counts)) if names else {}


def _literal(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _rows(statement: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())
