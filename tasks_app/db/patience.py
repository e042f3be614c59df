"""Questions that a page can do without: the database gives up when they take too long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, connections, transaction
from psycopg.errors import QueryCanceled

# Instructions of SQLite's machine between two looks at the clock: some ten thousandths of a second.
INSTRUCTIONS = 10_000


def in_time[T](using: str, milliseconds: int, ask: Callable[[], T]) -> T | None:
    """What `ask` finds in this database; None where it would take longer."""
    if connections[using].vendor == "sqlite":
        return _on_sqlite(connections[using], milliseconds, ask)
    try:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            limit = "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)"
            cursor.execute(limit, [f"{milliseconds}ms"])
            before = cursor.fetchone()[0]
            found = ask()
            # The caller's transaction, where there is one around this, goes on as it was.
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
            return found
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


# What PostgreSQL may choose in place of asking an index of contents and then its table.
_OTHER_WAYS = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan")


@contextmanager
def no_table_read_whole() -> Iterator[None]:
    """Within a transaction of PostgreSQL's: it asks the index that a condition has, where it would rather
    read a table from end to end in the hope of finding enough before."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_switched("off"))
        yield
        cursor.execute(_switched("on"))


def _switched(value: str) -> str:
    return "SELECT " + ", ".join(f"set_config('{way}', '{value}', true)" for way in _OTHER_WAYS)


def _on_sqlite[T](connection: Any, milliseconds: int, ask: Callable[[], T]) -> T | None:
    connection.ensure_connection()
    until = time.monotonic() + milliseconds / 1000
    connection.connection.set_progress_handler(lambda: time.monotonic() > until, INSTRUCTIONS)
    try:
        return ask()
    except OperationalError as error:
        if "interrupted" in str(error):
            return None
        raise
    finally:
        connection.connection.set_progress_handler(None, 0)
