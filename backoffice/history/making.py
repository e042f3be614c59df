"""From a wish to rows: written, counted, and known to the database; all of it, or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from backoffice.emails.seeds import seed_templates
from backoffice.history.afterwards import AFTERWARDS
from backoffice.history.bare_tables import bare
from backoffice.history.copying import write
from backoffice.history.past import Past
from backoffice.history.wish import Wish
from backoffice.seeds import seed_groups
from tasks_app.schedules.seeds import seed as seed_schedules

LARGE = 50_000  # jobs from which on indexes are better built afterwards, and processes are worth their start
# Up to here a report is about its newest days; of more jobs a document has more rows than anybody reads.
WORTH_READING = 20_000
BYTES_OF_A_JOB = 5_000  # with all that belongs to it, indexes included

type Say = Callable[[str], None]


def make_history(wish: Wish, say: Say, processes: int | None = None) -> dict[str, int]:
    """Write the past in one transaction; how many rows each table got.

    The same wish makes the same past, but for the numbers that the database gives. `processes` make the rows
    of a large one: by default as many as there are processors.
    """
    seed_groups()
    seed_templates()
    seed_schedules()
    past: Past | None = None
    try:
        with transaction.atomic():
            past = Past(wish, say)
            _fill(past, say, processes or os.cpu_count() or 1)
    except BaseException:
        if past is not None:
            _take_back(past)
        raise
    _analyse(past, "VACUUM ANALYZE")
    return {table.name: past.written[table.name] for table in past.tables}


def room() -> int | None:
    """Bytes that are free for the database; None where its disk may be another host's."""
    if connection.vendor != "sqlite":
        return None
    folder = Path(connection.settings_dict["NAME"]).parent
    return shutil.disk_usage(folder).free if folder.is_dir() else None


def _fill(past: Past, say: Say, processes: int) -> None:
    large = past.wish.jobs >= LARGE
    with bare(one.name for one in past.tables if large) as emptied:
        past.happen(partial(write, frozen=frozenset(emptied)), processes if large else 1)
        say("Building the indexes")
    _analyse(past, "ANALYZE")  # what follows asks large tables of which the database knows nothing yet
    say("Making the reports")
    past.make_reports(write, newest=past.wish.jobs <= WORTH_READING)
    say("Counting")
    for count in AFTERWARDS:
        count(past.wish)


def _take_back(past: Past) -> None:
    """The rows are gone with their transaction; so are the files, and the room that both took."""
    past.office.documents.discard()
    with suppress(DatabaseError):
        _analyse(past, "VACUUM ANALYZE")


def _analyse(past: Past, statement: str) -> None:
    """Let the database know what its tables hold now: it chooses its plans by that."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        statement = "ANALYZE"
    with connection.cursor() as cursor:
        for table in past.tables:
            cursor.execute(f'{statement} "{table.name}"')
