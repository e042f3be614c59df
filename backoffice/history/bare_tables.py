"""Empty tables without indexes and constraints while they are filled, which takes a fraction of the time.

Within a transaction: what is interrupted leaves every one of them where it was. Keys of random UUIDs are
why PostgreSQL's primary keys go too: each row would touch, and log, a page of its own. A table that has a
row keeps all that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype::text = ANY(%s) AND (conrelid = ANY(%s::regclass[]) OR confrelid = ANY(%s::regclass[]))
ORDER BY conrelid::regclass::text, conname
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(%s)
ORDER BY tablename, indexname
"""
FOREIGN_KEYS, KEYS = ["f"], ["p", "u"]


@contextmanager
def bare(tables: Iterable[str]) -> Iterator[list[str]]:
    """Take indexes and constraints from those that are empty, and build all of it anew at the end.

    Gives their names. Nobody else reads or writes them meanwhile.
    """
    empty = [one for one in tables if _is_empty(one)]
    if not empty:
        yield []
        return
    if connection.vendor == "postgresql":
        empty = _alone_with(empty)
        rebuild = _take_postgresql(empty)
    else:
        rebuild = _take_sqlite(empty)
    yield empty
    _run(rebuild)


def _is_empty(table: str) -> bool:
    return not _asked(f'SELECT 1 FROM "{table}" LIMIT 1')  # noqa: S608


def _alone_with(tables: list[str]) -> list[str]:
    """Those that are still empty once nobody else can write them."""
    _run([f'LOCK TABLE "{one}" IN ACCESS EXCLUSIVE MODE' for one in tables])
    return [one for one in tables if _is_empty(one)]


def _take_postgresql(tables: list[str]) -> list[str]:
    """The statements that put back what was dropped: a foreign key stands on the key of another table.

    A table that was emptied in the transaction that fills it takes rows that are frozen from the beginning.
    """
    quoted = [f'"{one}"' for one in tables]
    foreign = _asked(CONSTRAINTS, FOREIGN_KEYS, quoted, quoted)
    keys = _asked(CONSTRAINTS, KEYS, quoted, [])
    _run(
        [
            "SET CONSTRAINTS ALL IMMEDIATE",  # what waits for a foreign key bars its removal
            *(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"' for table, name, _said in [*foreign, *keys]),
        ]
    )
    indexes = _asked(INDEXES, tables)
    _run([f'DROP INDEX "{name}"' for name, _said in indexes])
    _run([f"TRUNCATE {', '.join(quoted)}"])
    return [
        "SET LOCAL maintenance_work_mem = '512MB'",
        "SET LOCAL work_mem = '128MB'",  # foreign keys are looked up by one large question each
        "SET CONSTRAINTS ALL IMMEDIATE",
        *(said for _name, said in indexes),
        *(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {said}' for table, name, said in [*keys, *foreign]),
    ]


def _take_sqlite(tables: list[str]) -> list[str]:
    """Its constraints are parts of its tables; those of one column, and the foreign keys, stay."""
    found = _asked("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    indexes = [(name, said) for name, said, table in found if table in tables]
    _run([f'DROP INDEX "{name}"' for name, _said in indexes])
    return [said for _name, said in indexes]


def _asked(question: str, *parameters: Any) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        return list(cursor.fetchall())


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
