"""Which keys a table has given to rows, those that are gone included: a key is never given twice."""

from __future__ import annotations

from django.db import connections, router
from django.db.models import Model

# The last key that a table gave.
LAST_GIVEN = {
    "postgresql": "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)",
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = %s",
}


def was_given(model: type[Model], key: int) -> bool:
    """Whether a row of this model with a key that counts up ever had it."""
    meta, connection = model._meta, connections[router.db_for_read(model)]
    given = [meta.db_table, meta.pk.column] if connection.vendor == "postgresql" else [meta.db_table]
    with connection.cursor() as cursor:
        cursor.execute(LAST_GIVEN[connection.vendor], given)
        [last] = cursor.fetchone() or [None]
    return 0 < key <= (last or 0)
