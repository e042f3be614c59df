"""Whether the database takes changes: a replica, one set to read only and a file without rights do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

# What SQLite and PostgreSQL say that is no refusal: another holds a lock, for a moment; or the table is not
# there yet, which is for the migrations to say.
NO_REFUSAL = re.compile(r"\b(is locked|lock timeout|no such table|does not exist)\b")
PATIENCE = 500  # milliseconds


def refusal_to_write() -> str:
    """What it says to a change of nothing, in its own words; "" where it takes changes.

    An UPDATE that finds no row writes nothing, and is refused where any other is. For a lock that somebody
    holds it waits a moment only: who holds it shows that changes are taken.
    """
    try:
        with connection.cursor() as cursor, _hurried(cursor), transaction.atomic():
            if connection.vendor == "postgresql":
                cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE}")
            cursor.execute("UPDATE tasks_app_node SET version = version WHERE 1 = 0")
    except DatabaseError as error:
        sentence = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        return "" if NO_REFUSAL.search(sentence) else sentence
    return ""


@contextmanager
def _hurried(cursor: CursorWrapper) -> Iterator[None]:
    """On SQLite, whose BEGIN waits for the one lock of writers as long as the connection says."""
    if connection.vendor != "sqlite":
        yield
        return
    cursor.execute("PRAGMA busy_timeout")
    [usual] = cursor.fetchone()
    cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    try:
        yield
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {usual}")
