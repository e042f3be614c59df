"""Batches of rows to the database: by COPY into PostgreSQL, by INSERT elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from backoffice.history.tables import Batch, insert


def write(batch: Batch, frozen: Collection[str] = ()) -> None:
    """In this connection's transaction. Of `frozen` tables each row is seen by all from the beginning.

    Those were emptied in this very transaction, which PostgreSQL sees to: VACUUM has nothing to do then.
    """
    if not batch.number:
        return
    if connection.vendor != "postgresql":
        insert(batch)
        return
    named = ", ".join(f'"{one}"' for one in batch.columns)
    how = " WITH (FREEZE)" if batch.table in frozen else ""
    statement = f'COPY "{batch.table}" ({named}) FROM STDIN{how}'
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,  # COPY is the driver's own, Django does not see it
        cursor.copy(statement) as copy,
    ):
        copy.write(batch.rows)
