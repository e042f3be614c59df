"""Who changes a thing next: those who wait for it, in the order in which they came.

A row's own lock is not given in turn: PostgreSQL wakes whoever waits for it, and whoever locks it again
meanwhile is the quicker one, each time anew. A process that works on a row step by step would keep everybody
else from it for as long as it has something to do. Advisory locks are given in turn.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django.db import connection


def wait_for_turn(space: int, key: Any) -> None:
    """Until those who came before are done with the thing of this key; held until the transaction ends.

    `space` keeps the keys of one kind of thing apart from those of others. Two keys that share a turn wait
    for each other, and lose nothing else. On SQLite there is one writer at a time anyhow.
    """
    if connection.vendor != "postgresql":
        return
    number = crc32(str(key).encode()) - 2**31  # PostgreSQL's numbers have a sign
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, number])
