"""What came of the jobs that a batch launched: told to its items, by its own job as it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from tasks_app.ledger import batch_counts as counts
from tasks_app.ledger.batch_lock import locked
from tasks_app.models import Batch, BatchItem, ItemState, Job, State

PAGE = 1_000  # items
GONE = ""  # the state of a job that is no longer kept
_AS_TOLD = {
    State.SUCCEEDED: ItemState.SUCCEEDED,
    State.CANCELLED: ItemState.CANCELLED,
    State.UNKNOWN: ItemState.UNKNOWN,
}


def watch(batch: Batch, *, oldest: int | None = None) -> int:
    """Tell items whose job has ended, or is of unknown outcome; how many.

    The batch's row is locked, and saved by the caller.

    With `oldest` only so many of those that were launched first are looked at: while more are launched.
    """
    ended = _ended(batch, oldest)
    by_state: dict[ItemState, list[BatchItem]] = {}
    for item in ended:
        by_state.setdefault(_outcome(item), []).append(item)
    for state, items in by_state.items():
        _note_step(batch, state, items)
        counts.set_all(batch, items, state=state)
    return len(ended)


def _ended(batch: Batch, oldest: int | None) -> list[BatchItem]:
    launched = BatchItem.objects.filter(batch=batch, state=ItemState.LAUNCHED).order_by("pk")
    if oldest is not None:
        launched = launched.filter(pk__in=list(launched.values_list("pk", flat=True)[:oldest]))
    # Asked of each item's own job, by its key. A join (EXISTS) walked all jobs that wait, for each item anew,
    # where PostgreSQL believed that there were few.
    new = Job.objects.filter(pk=OuterRef("new_job_id"))
    told = launched.annotate(
        new_state=Coalesce(Subquery(new.values("state")[:1]), Value(GONE)),
        new_cause=Subquery(new.values("cause")[:1]),
    )
    return list(told.exclude(new_state__in=(State.WAITING, State.RUNNING))[:PAGE])


def _outcome(item: Any) -> ItemState:
    if item.new_state == GONE:
        return ItemState.FORGOTTEN
    if item.new_state == State.FAILED:
        is_same = bool(item.cause) and item.new_cause == item.cause
        return ItemState.SAME_CAUSE if is_same else ItemState.FAILED
    return _AS_TOLD[item.new_state]


def _note_step(batch: Batch, state: ItemState, items: Sequence[BatchItem]) -> None:
    for item in items:
        if item.step is not None:
            step = batch.steps[item.step]
            step[state] = step.get(state, 0) + 1


def lock_batch_of(job_id: str) -> BatchItem | None:
    """The item whose job of unknown outcome this is, its batch locked: before the job's own row, as a step of
    the batch locks them."""
    item = BatchItem.objects.filter(new_job_id=job_id, state=ItemState.UNKNOWN).first()
    if item is None:
        return None
    batch = locked(item.batch_id)
    if batch is None:  # removed meanwhile, and the item with it
        return None
    item.batch = batch
    return item


def tell_settled(item: BatchItem) -> None:
    """Its job was given its end: so is the item, in the same transaction."""
    told: Any = item
    told.new_state, told.new_cause = Job.objects.values_list("state", "cause").get(pk=item.new_job_id)
    if item.step is not None:
        item.batch.steps[item.step][ItemState.UNKNOWN] -= 1
    state = _outcome(told)
    _note_step(item.batch, state, [item])
    counts.set_all(item.batch, [item], state=state)
    counts.save(item.batch, "steps")
