"""A question asked of a SQLite file: opened read-only, behind an authorizer that knows what may be read.

Runs in the child process: no Django here. SQLite has no schemas and no roles. The views are made anew in each
connection, as temporary ones over others of a name that nobody can guess: only what is read *through* those
may be read at all, whatever a question calls its own parts.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from backoffice.questions.asking.ends import Away

BUSY_SECONDS = 5
OF_THE_SYSTEM = ("sqlite_", "pragma_", "dbstat", "json_", "v_")  # what is there without being in the file
LARGEST_VALUE = 10_000_000  # bytes of one text, and of a row
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LARGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 20,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


@contextmanager
def session(given: dict[str, Any]) -> Iterator[sqlite3.Connection]:
    """Raises Away where the file cannot be opened."""
    path = Path(given["path"])
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        connection.execute("SELECT count(*) FROM sqlite_master")  # a file that is none shows here
    except sqlite3.Error as error:
        raise Away from error
    try:
        _shut(connection, given)
        yield connection
    finally:
        connection.close()


def _shut(connection: sqlite3.Connection, given: dict[str, Any]) -> None:
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cell_size_check = ON")
    inner = make_views(connection, given["selects"])
    connection.execute("PRAGMA query_only = ON")
    there = frozenset(name.lower() for (name,) in connection.execute("SELECT name FROM sqlite_master"))
    there -= _counted_through_views(connection, inner.values())
    connection.set_authorizer(Authorizer(inner, there, frozenset(given["functions"])))


def make_views(connection: sqlite3.Connection, selects: dict[str, str]) -> dict[str, str]:
    """Temporary views; returns their inner names by the names that questions use."""
    inner = {name: f"v_{secrets.token_hex(16)}" for name in selects}
    for name, select in selects.items():
        connection.execute(f'CREATE TEMP VIEW "{inner[name]}" AS {select}')
        connection.execute(f'CREATE TEMP VIEW "{name}" AS SELECT * FROM "{inner[name]}"')  # noqa: S608 - ours
    return inner


def _counted_through_views(connection: sqlite3.Connection, inner: Iterable[str]) -> frozenset[str]:
    """Tables of views without a condition: who only counts such a view reads no column of it, and SQLite then
    says no more than the name of the table. It has as many rows as the view, so counting it tells nothing.
    """
    tables: set[str] = set()

    def note(action: int, one: str | None, two: str | None, _database: object, _through: object) -> int:
        if action == sqlite3.SQLITE_READ and not two:
            tables.add((one or "").lower())
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    for name in inner:
        with suppress(sqlite3.Error):  # its table is not there, which the probe says
            connection.execute(f'SELECT 1 FROM "{name}" LIMIT 0')  # noqa: S608 - ours
    connection.set_authorizer(None)
    return frozenset(tables)


class Authorizer:
    """SQLite asks it for everything that a statement would do; what it does not know is refused."""

    def __init__(self, inner: dict[str, str], there: frozenset[str], functions: frozenset[str]) -> None:
        """`inner`: the views' inner names by name. `there`: every name in the file, in small letters."""
        self._names, self._inner = frozenset(inner), frozenset(inner.values())
        self._functions, self._there = functions, there - self._names

    def __call__(
        self, action: int, one: str | None, two: str | None, database: str | None, through: str | None
    ) -> int:
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = (two or "").lower() in self._functions
            case sqlite3.SQLITE_READ:
                allowed = self._may_read(one or "", two or "", database, through)
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def _may_read(self, table: str, column: str, database: str | None, through: str | None) -> bool:
        if through in self._inner:  # by the list's own SELECT
            return True
        if table in self._inner:  # nobody else could name it
            return True
        if not column and database is None:  # of a part of the question that is only counted: WITH t …
            return table.lower() not in self._there and not table.lower().startswith(OF_THE_SYSTEM)
        return database == "temp" and table in self._names


def rows(connection: sqlite3.Connection, given: dict[str, Any]) -> Iterator[list[Any]]:
    """First the names of the columns, then the rows as they come."""
    cursor = connection.execute(given["sql"], given["values"])
    yield [column[0] for column in cursor.description or []]
    for row in cursor:
        yield list(row)
