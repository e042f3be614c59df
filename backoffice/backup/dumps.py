"""The database as one file and back again: a snapshot of SQLite, or pg_dump's archive of PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

PROGRAMS = {"pg_dump": "writes", "pg_restore": "reads"}


class DumpError(Exception):
    """The database could not be dumped or restored. str() says what to do."""


def file_name() -> str:
    return "database.sqlite3" if connection.vendor == "sqlite" else "database.dump"


def dump(target: Path) -> None:
    """One consistent moment of the whole database, while everybody works on; raises DumpError."""
    if connection.vendor == "sqlite":
        try:
            with closing(sqlite3.connect(_sqlite_file(), timeout=60)) as source:
                source.execute("VACUUM INTO ?", [str(target)])
        except sqlite3.Error as error:
            raise DumpError(f"SQLite could not write {target}: {error}") from error
    else:
        _postgres("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])
    target.chmod(0o600)


def restore(source: Path) -> None:
    """The database as it was, into one that is empty; raises DumpError."""
    if connection.vendor == "sqlite":
        connection.close()
        try:
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(_sqlite_file())) as new:
                old.backup(new)
                new.execute("PRAGMA journal_mode=WAL")
        except sqlite3.Error as error:
            raise DumpError(f"SQLite could not write {_sqlite_file()}: {error}") from error
    else:
        options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        _postgres("pg_restore", options, source)
        connection.close()


def is_empty() -> bool:
    return not connection.introspection.table_names()


def clear() -> None:
    """Drop everything: what is to be replaced."""
    if connection.vendor == "sqlite":
        connection.close()
        for ending in ("", "-wal", "-shm"):
            Path(_sqlite_file() + ending).unlink(missing_ok=True)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")


def _sqlite_file() -> str:
    return str(connection.settings_dict["NAME"])


def _postgres(program: str, options: list[str], source: Path | None = None) -> None:
    """Run one of PostgreSQL's own programs as Django connects; the password travels in the environment."""
    if shutil.which(program) is None:
        raise DumpError(
            f"{program} is missing, which {PROGRAMS[program]} dumps of PostgreSQL. "
            "Debian: apt-get install postgresql-client."
        )
    arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *who, name = arguments[1:]
    command = [program, *who, f"--dbname={name}", *options, *([str(source)] if source else [])]
    done = subprocess.run(
        command, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise DumpError(f"{program} failed: {said[0]}")
