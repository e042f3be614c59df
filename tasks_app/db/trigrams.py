"""Indexes that find a part of a text: pg_trgm on PostgreSQL, FTS5's trigram tokenizer on SQLite.

Neither is a matter of course: on PostgreSQL somebody must be allowed to make the extension, and a SQLite may
be built without FTS5, or be older than 3.34. Without them searches are said to find less, and nothing fails.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from tasks_app.db.bad_rows import in_a_line, is_away, undone_alone

_IS_VALID = """
SELECT 1 FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
WHERE relname = ANY(%s) AND relkind = 'i' AND indisvalid AND relnamespace = current_schema()::regnamespace
HAVING COUNT(*) = %s
"""
_IS_TABLE = "SELECT 1 FROM sqlite_master WHERE name = %s AND type = 'table'"


class TrigramIndex(NamedTuple):
    """Of one column of text, of a table whose key is a number. On SQLite it is a table beside it."""

    name: str
    table: str
    column: str
    key: str = "id"
    # SQLite reads a small table as fast as it keeps such an index.
    on_sqlite: bool = True
    # PostgreSQL looks at each row that has the words: of a table of several things it has an index for each,
    # by the end of its name and its condition.
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> list[str]:
        """As PostgreSQL has it."""
        return [f"{self.name}_{end}" for end, _condition in self.parts] or [self.name]

    @property
    def _asked(self) -> list[Any]:
        return [self.names, len(self.names)]

    def is_there(self) -> bool:
        """Whether this database has it, whole."""
        if connection.vendor == "sqlite" and not self.on_sqlite:
            return True
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_IS_VALID, self._asked)
            else:
                cursor.execute(_IS_TABLE, [self.name])
            return cursor.fetchone() is not None

    def as_value(self) -> RawSQL:
        """The same as a column of a statement, of an index that both databases have."""
        if connection.vendor == "sqlite":
            return RawSQL(f"EXISTS ({_IS_TABLE})", [self.name], BooleanField())  # noqa: S611 - ours
        return RawSQL(f"EXISTS ({_IS_VALID})", self._asked, BooleanField())  # noqa: S611 - ours

    def build(self) -> str:
        """Make it where it is not there; why that cannot be, in the database's words, or "".

        Outside of a transaction PostgreSQL's table can be written to meanwhile.
        """
        try:
            if not self.is_there():
                self._build()
        except DatabaseError as error:
            if is_away(error) and not _lacks_it(error):
                raise
            return in_a_line(error)
        return ""

    def drop(self) -> None:
        with connection.cursor() as cursor:
            for statement in self._undone():
                cursor.execute(statement)

    def _build(self) -> None:
        if connection.vendor == "sqlite":
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in self._of_sqlite():
                    cursor.execute(statement)
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        online = "" if connection.in_atomic_block else "CONCURRENTLY"
        conditions = [f" WHERE {condition}" for _end, condition in self.parts] or [""]
        for name, condition in zip(self.names, conditions, strict=True):
            with undone_alone(), connection.cursor() as cursor:
                # What an interrupted build left behind.
                cursor.execute(f"DROP INDEX {online} IF EXISTS {name}")
                cursor.execute(
                    f"CREATE INDEX {online} {name} ON {self.table} "
                    f"USING gin ({self.column} gin_trgm_ops){condition}"
                )

    def _of_sqlite(self) -> list[str]:
        """The index holds no text of its own; triggers of its table keep it, in the same transaction."""
        into, key, column = f"INSERT INTO {self.name}", self.key, self.column
        new = f"{into} (rowid, {column}) VALUES (new.{key}, new.{column})"
        old = f"{into} ({self.name}, rowid, {column}) VALUES ('delete', old.{key}, old.{column})"
        on = f"ON {self.table} BEGIN"
        return [
            f"CREATE VIRTUAL TABLE {self.name} USING fts5 "
            f"({self.column}, content='{self.table}', content_rowid='{self.key}', tokenize='trigram')",
            f"CREATE TRIGGER {self.name}_added AFTER INSERT {on} {new}; END",
            f"CREATE TRIGGER {self.name}_removed AFTER DELETE {on} {old}; END",
            f"CREATE TRIGGER {self.name}_changed AFTER UPDATE OF {self.column} {on} {old}; {new}; END",
            f"{into} ({self.name}) VALUES ('rebuild')",
        ]

    def _undone(self) -> list[str]:
        if connection.vendor == "postgresql":
            return [f"DROP INDEX IF EXISTS {name}" for name in self.names]
        triggers = [f"DROP TRIGGER IF EXISTS {self.name}_{what}" for what in ("added", "removed", "changed")]
        return [*triggers, f"DROP TABLE IF EXISTS {self.name}"] if self.on_sqlite else []


def _lacks_it(error: DatabaseError) -> bool:
    """A SQLite without FTS5, a PostgreSQL without the files of the extension: both say so as if away."""
    return "no such" in str(error).lower() or str(getattr(error.__cause__, "sqlstate", "")).startswith("58")


# All there are: `doctor` asks for them, `manage.py build_search` makes those that are missing.
INDEXES: list[TrigramIndex] = []


def trigram_index(
    name: str, table: str, column: str, *, on_sqlite: bool = True, parts: tuple[tuple[str, str], ...] = ()
) -> TrigramIndex:
    """Declare one. Its migration builds it too; what the database cannot have then is left out."""
    index = TrigramIndex(name, table, column, on_sqlite=on_sqlite, parts=parts)
    INDEXES.append(index)
    return index
