"""The table of texts, filled behind what people and clocks write: a launch does not know of it.

Each look reads, by an index, what was made since a moment before which nothing can appear any more, and adds
what the table has not. Two clocks take turns through a row lock.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection, transaction

from tasks_app.db.bad_rows import row_by_row
from tasks_app.models import SearchProgress
from tasks_app.search.sweeping import sweep
from tasks_app.search.texts import add, renew
from tasks_app.search.things import Thing, things

BATCH = 500  # rows of one transaction
EVERY = 5.0  # seconds from one look to the next where nothing waits
BUDGET = 0.2  # seconds of one look: the clock has schedules to see to
# A row has the moment when it was thought of; it is written later, after a wait for a lock, or as one of
# many. Nor do hosts' clocks agree to the second.
WRITTEN_WITHIN = timedelta(seconds=30)
# A transaction that has been open for longer is not waited for: what it commits, the sweep finds.
WAITED_FOR = timedelta(minutes=10)


def fill(now: datetime, budget: float = BUDGET) -> bool:
    """Add what is new of each thing, then go on with what is old; whether time was up before the end."""
    deadline = time.monotonic() + budget
    left = things()
    while left:
        left = [thing for thing in left if _look(thing, now)]
        if left and time.monotonic() >= deadline:
            return True
    return False


def _look(thing: Thing, now: datetime) -> bool:
    """One transaction; whether there is more to do at once."""
    with transaction.atomic():
        progress = _held(thing, now)
        if progress is None:  # another clock is at it
            return False
        more = _add_new(thing, progress, now) or renew(thing, BATCH) == BATCH
        if not more:
            # A later sweep has an hour, and goes on at the next look.
            more = sweep(thing, progress, now, BATCH) and progress.swept_at is None
        progress.save()
    return more


def _held(thing: Thing, now: datetime) -> SearchProgress | None:
    """Its row, locked. The first look begins with what is made from now on; a sweep brings the rest."""
    if not SearchProgress.objects.filter(thing=thing.name).exists():
        begins = now - WRITTEN_WITHIN
        first = SearchProgress(thing=thing.name, until=begins, complete_to=begins)
        SearchProgress.objects.bulk_create([first], ignore_conflicts=True)
    return SearchProgress.objects.select_for_update(skip_locked=True).filter(thing=thing.name).first()


def _add_new(thing: Thing, progress: SearchProgress, now: datetime) -> bool:
    """A batch of what was made lately and is not in; whether there is more."""
    settled = _settled(progress, now)
    since = min(progress.until, now)  # a time that went back left it ahead
    new = thing.without_text().filter(created_at__gte=since).order_by("created_at", "pk")
    rows = list(row_by_row(new[:BATCH]))
    add(thing, rows)
    if len(rows) == BATCH:
        progress.complete_to = min(rows[-1].created_at, now)
        return True
    progress.complete_to = now
    progress.until = max(since, settled, now - WAITED_FOR)
    return False


def _settled(progress: SearchProgress, now: datetime) -> datetime:
    """Before this moment nothing appears any more. Asked before the rows are, which are read afterwards."""
    if connection.vendor == "sqlite":  # its one writer is this transaction: all others have ended
        return now - WRITTEN_WITHIN
    with connection.cursor() as cursor:
        # Numbers are given at a transaction's first change: whatever changed something before this look
        # began has a smaller one than this look.
        cursor.execute("SELECT pg_current_xact_id()::text, pg_snapshot_xmin(pg_current_snapshot())::text")
        own, oldest_open = map(int, cursor.fetchone())
    settled = progress.until
    if progress.pending_at is not None and progress.pending_xid is not None:
        if oldest_open < progress.pending_xid:
            return settled
        settled = progress.pending_at - WRITTEN_WITHIN
    progress.pending_at, progress.pending_xid = now, own
    return settled
