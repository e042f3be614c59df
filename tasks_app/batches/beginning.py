"""A batch begins: the jobs that a list shows now become its items, by one INSERT … SELECT.

Whatever the list shows later, these are the batch. A job that another open batch holds becomes an item that
is left out: batches begin one after the other, and the constraint of the table holds besides.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import F, QuerySet

from tasks_app.batches import control
from tasks_app.db import shared_time
from tasks_app.ledger import batch_counts as counts
from tasks_app.models import Batch, BatchItem, BatchState, Canary, ItemClass, ItemState, Job
from tasks_app.notices.notice import plain

MOST = 250_000  # jobs of one batch: what a click can write in a few seconds
# PostgreSQL's advisory lock of whoever begins a batch.
LOCK = 7_001_010

_ITEM = BatchItem._meta.db_table
_INSERT = f"""
INSERT INTO {_ITEM} (batch_id, job_id, cause, item_class, state)
SELECT %s, chosen.its_id, chosen.its_cause,
    CASE WHEN held.job_id IS NULL THEN '{ItemClass.UNSORTED}' ELSE '{ItemClass.HELD}' END,
    CASE WHEN held.job_id IS NULL THEN '{ItemState.PENDING}' ELSE '{ItemState.LEFT_OUT}' END
FROM ({{chosen}}) chosen
LEFT JOIN {_ITEM} held ON held.job_id = chosen.its_id AND held.state = '{ItemState.PENDING}'
"""  # noqa: S608 - names of the models' own, and a queryset's SQL with its parameters apart


class Nothing(Exception):
    """No job matches."""


class TooMany(Exception):
    """More match than one batch takes."""


@dataclass(frozen=True)
class Wish:
    """What a person wants: which jobs, in whose words, and why."""

    jobs: QuerySet[Job]
    words: Any  # a notice or a text
    by: Any
    key: str  # of the form: the same one begins nothing twice
    kind: str = ""  # of all of them, where that is known
    reason: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    canary: str = Canary.WATCH


def begin(wish: Wish) -> Batch:
    """The batch, whose job sorts its items from here on; with the same key the one that there is.

    Raises Nothing or TooMany, and has written nothing then.
    """
    with transaction.atomic():
        _one_at_a_time()
        if twin := Batch.objects.filter(key=wish.key).first():
            return twin
        batch = _written(wish)
        control.let_work(batch, by=wish.by)
    return batch


def _written(wish: Wish) -> Batch:
    batch = Batch(
        state=BatchState.PREPARING,
        words=plain(wish.words),
        reason=wish.reason,
        changes=wish.changes,
        canary=wish.canary,
        by=wish.by,
        created_at=shared_time.now(),
        key=wish.key,
    )
    batch.save(force_insert=True)
    jobs = wish.jobs.order_by("created_at", "pk")
    batch.total = _insert_items(batch, jobs)
    if batch.total == 0:
        raise Nothing
    if batch.total > MOST:
        raise TooMany
    held = BatchItem.objects.filter(batch=batch, state=ItemState.LEFT_OUT).count()
    counts.write(
        batch,
        Counter(
            {
                (ItemClass.UNSORTED, ItemState.PENDING): batch.total - held,
                (ItemClass.HELD, ItemState.LEFT_OUT): held,
            }
        ),
    )
    batch.kind, batch.cause = _shared(batch, wish)
    counts.save(batch, "total", "kind", "cause")
    return batch


def _insert_items(batch: Batch, jobs: QuerySet[Job]) -> int:
    named = jobs.annotate(its_id=F("pk"), its_cause=F("cause")).values_list("its_id", "its_cause")
    try:
        chosen, parameters = named[: MOST + 1].query.sql_with_params()
    except EmptyResultSet:  # nothing can match it
        return 0
    key = Batch._meta.pk.get_db_prep_value(batch.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(chosen=chosen), [key, *parameters])
        return int(cursor.rowcount)


def _shared(batch: Batch, wish: Wish) -> tuple[str, str]:
    """Kind and cause, where all of them have the same. Jobs are asked last: their rows are wide."""
    causes = list(batch.items.order_by().values_list("cause", flat=True).distinct()[:2])
    if len(causes) != 1:
        return "", ""
    kind = wish.kind or _one_kind(wish.jobs.order_by())
    return (kind, causes[0] or "") if kind else ("", "")


def _one_kind(jobs: QuerySet[Job]) -> str:
    """ "" where there are several; the first of another kind ends the search."""
    name = jobs.values_list("name", flat=True).first() or ""
    return "" if jobs.exclude(name=name).exists() else name


def _one_at_a_time() -> None:
    """Until this transaction ends: on SQLite there is one writer at a time anyhow."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
