"""Reading that adds up: whatever is written meanwhile, all that is read within is of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection

# SQLite's own `atomic` begins by taking the right to write, which others wait for (projet/settings.py).
BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "sqlite": "BEGIN DEFERRED",
}


@contextmanager
def one_moment() -> Iterator[None]:
    """For several queries whose figures stand beside each other. Within it nothing is written.

    In a transaction that somebody else opened it is theirs what is seen.
    """
    if connection.in_atomic_block:
        yield
        return
    _tell(BEGIN[connection.vendor])
    try:
        yield
    finally:
        with suppress(Error):  # the connection is gone, and with it the transaction
            _tell("ROLLBACK")


def _tell(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
