"""From a wish to rows: written, counted, and known to the database; all of it, or nothing."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from backoffice.emails.seeds import seed_templates
from backoffice.history.bare_tables import bare
from backoffice.history.copying import writer
from backoffice.history.past import Past, Wish
from backoffice.seeds import seed_groups
from tasks_app.failures import counting as failures
from tasks_app.models import HourTally, Job, Tally, TallyProgress
from tasks_app.monitor import counters, hourly_counts
from tasks_app.schedules.seeds import seed as seed_schedules
from tasks_app.search.refolding import refold
from tasks_app.search.sweeping import start_over
from tasks_app.search.things import things

LARGE = 50_000  # jobs from which on indexes are better built afterwards
# Up to here a report is about its newest days; of more jobs a document has more rows than anybody reads.
WORTH_READING = 20_000
BYTES_OF_A_JOB = 5_000  # with all that belongs to it, indexes included

type Say = Callable[[str], None]


def make_history(wish: Wish, say: Say) -> dict[str, int]:
    """Write the past in one transaction; how many rows each table got.

    The same wish makes the same past, but for the numbers that the database gives.
    """
    seed_groups()
    seed_templates()
    seed_schedules()
    past: Past | None = None
    try:
        with transaction.atomic():
            past = Past(wish, say)
            _fill(past, say)
    except BaseException:
        if past is not None:
            _take_back(past)
        raise
    _analyse(past, "VACUUM ANALYZE")
    return {table.name: table.written for table in past.tables}


def room() -> int | None:
    """Bytes that are free for the database; None where its disk may be another host's."""
    if connection.vendor != "sqlite":
        return None
    folder = Path(connection.settings_dict["NAME"]).parent
    return shutil.disk_usage(folder).free if folder.is_dir() else None


def _fill(past: Past, say: Say) -> None:
    names = [one.name for one in past.tables]
    with bare(names) if _is_most_of_it(past.wish) else nullcontext():
        with rarely_collected(), writer() as write:
            past.happen(write)
        say("Building the indexes")
    _analyse(past, "ANALYZE")  # what follows asks large tables of which the database knows nothing yet
    say("Making the reports")
    with writer() as write:
        past.make_reports(write, newest=past.wish.jobs <= WORTH_READING)
    say("Counting")
    _count_anew(past.wish)
    _search_anew()


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Nearly all that a past makes is gone with its last reference; a tenth of the time went to looking."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _is_most_of_it(wish: Wish) -> bool:
    """Whether so many rows come that the indexes of those that are there are built anew as well."""
    return wish.jobs >= LARGE and Job.objects.order_by()[: wish.jobs].count() < wish.jobs


def _take_back(past: Past) -> None:
    """The rows are gone with their transaction; so are the files, and the room that both took."""
    past.documents.discard()
    with suppress(DatabaseError):
        _analyse(past, "VACUUM ANALYZE")


def _analyse(past: Past, statement: str) -> None:
    """Let the database know what its tables hold now: it chooses its plans by that."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        statement = "ANALYZE"
    with connection.cursor() as cursor:
        for table in past.tables:
            cursor.execute(f'{statement} "{table.name}"')


def _count_anew(wish: Wish) -> None:
    """What the clock counts: the ends of each kind from the first job on, and those of each hour.

    Where ends were counted before, the counts go on from there: nothing is counted twice.
    """
    if not Tally.objects.exists():
        begin = wish.first - timedelta(seconds=1)
        TallyProgress.objects.update_or_create(id=TallyProgress.ONLY, defaults={"until": begin})
    while counters.count_ended(wish.until):
        pass
    count_hours_anew(wish.until)
    failures.begin_anew()
    while failures.count(wish.until):
        pass


def count_hours_anew(until: datetime) -> None:
    """The charts' counts of each hour, from the rows that there are now."""
    HourTally.objects.all().delete()
    TallyProgress.objects.update(hours_until=None)
    for _look in range(hourly_counts.KEPT // (hourly_counts.STEPS * hourly_counts.HOUR) + 2):
        hourly_counts.count_hours(until)


def _search_anew() -> None:
    """The clock compares the whole past with what the search has."""
    refold()
    for thing in things():
        start_over(thing.name)
