"""Figures of a batch, kept with it: by class and state, and always as many as it has items.

Whoever moves items has the batch's row locked, and writes what moved in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Count

from tasks_app.db import given_rows, shared_time
from tasks_app.models import Batch, BatchItem

type Place = tuple[str, str]  # class and state

_ITEM = BatchItem._meta.db_table
_KEEP = f"""
UPDATE {_ITEM} SET item_class = given.item_class, state = given.state, why = given.why
FROM {{given}} WHERE {_ITEM}.id = given.id
"""  # noqa: S608 - the table's name is the model's own


def place_of(item: BatchItem) -> Place:
    return item.item_class, item.state


def move(batch: Batch, before: Iterable[Place], after: Iterable[Place]) -> None:
    """So many items left these places and came to those; saved by the caller."""
    found = Counter({(name, state): n for name, by in batch.counts.items() for state, n in by.items()})
    found.subtract(Counter(before))
    found.update(Counter(after))
    write(batch, found)


def write(batch: Batch, found: Counter[Place]) -> None:
    counts: dict[str, dict[str, int]] = {}
    for (name, state), number in sorted(found.items()):
        if number:
            counts.setdefault(name, {})[state] = number
    batch.counts, batch.counted_at = counts, shared_time.now()


def counted(batch: Batch) -> Counter[Place]:
    """From the rows themselves."""
    rows: Any = BatchItem.objects.filter(batch=batch).order_by().values_list("item_class", "state")
    return Counter({(name, state): number for name, state, number in rows.annotate(number=Count("pk"))})


def save(batch: Batch, *names: str) -> None:
    batch.save(update_fields=["counts", "counted_at", *names])


def set_all(batch: Batch, items: Sequence[BatchItem], **changes: Any) -> None:
    """The same columns of all these items, and what of the counts follows; saved by the caller."""
    if not items:
        return
    before = [place_of(item) for item in items]
    BatchItem.objects.filter(pk__in=[item.pk for item in items]).update(**changes)
    for item in items:
        for name, value in changes.items():
            setattr(item, name, value)
    move(batch, before, [place_of(item) for item in items])


def keep(batch: Batch, items: Sequence[BatchItem], before: Sequence[Place]) -> None:
    """Class, why and state as these items have them, of which each may have its own; saved by the caller.

    `before`: where they were.
    """
    if not items:
        return
    rows = [{"id": one.pk, "item_class": one.item_class, "state": one.state, "why": one.why} for one in items]
    table = given_rows.table(id="bigint", item_class="text", state="text", why="jsonb")
    with connection.cursor() as cursor:
        cursor.execute(_KEEP.format(given=table), [given_rows.value(rows)])
    move(batch, before, [place_of(item) for item in items])
