"""What a batch's job does: one step after the other, each a transaction that holds the batch's row.

A step finds the batch as it is and does the next thing, so a worker may be killed at any moment: what it had
not committed is done by the next, and nothing twice. A pause or a stop waits for the end of one step, which
batches/pace.py keeps short.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum

from django.db import transaction

from tasks_app.batches import canary, causes
from tasks_app.batches.going import launch_page
from tasks_app.batches.pace import Pace, part
from tasks_app.batches.sorting import Page
from tasks_app.broker.beside import publishing_beside
from tasks_app.db import shared_time
from tasks_app.ledger import batch_counts as counts
from tasks_app.ledger.batch_lock import locked
from tasks_app.ledger.batch_outcomes import watch
from tasks_app.models import Batch, BatchItem, BatchState, ItemClass, ItemState, Job
from tasks_app.models.batch import ENDED
from tasks_app.notices import Notice
from tasks_app.notices.notice import plain

# Items a transaction, at most.
SORTED_AT_ONCE = 2_000  # each may be asked of its form
LAUNCHED_AT_ONCE = 2_000
RELEASED_AT_ONCE = 5_000
LOOKED_AT = 1_000  # items, while more are launched

TURN = 10.0  # seconds of a worker before others have it
BREATH = timedelta(seconds=1)  # the clock wakes it at its next tick
# Between two looks at jobs that run: soon for a canary, longer the more of them there are.
LOOK_AGAIN, LOOK_AT_MANY, MANY = timedelta(seconds=2), timedelta(seconds=10), 1_000


class Next(Enum):
    MORE = "more"  # at once
    AWAIT = "await"  # outcomes of what was launched
    NOTHING = "nothing"  # it ended, waits for a person, or another job has it


type Tell = Callable[[Batch], object]


def take_turn(batch_id: str, job_id: str, tell: Tell, *, seconds: float = TURN) -> timedelta | None:
    """Work on the batch for so long; how long to sleep before the next turn, or None where there is none.

    `tell` hears of the batch after each step; what it raises ends the turn.
    """
    deadline = time.monotonic() + seconds
    look(batch_id, job_id)
    pace = Pace()
    with publishing_beside():
        while True:
            began = time.monotonic()
            batch, then = step(batch_id, job_id, pace.share)
            pace.took(time.monotonic() - began)
            if batch is None or then is Next.NOTHING:
                return None
            tell(batch)
            if then is Next.AWAIT:
                return LOOK_AT_MANY if batch.count(states=(ItemState.LAUNCHED,)) > MANY else LOOK_AGAIN
            if time.monotonic() > deadline:
                return BREATH


def look(batch_id: str, job_id: str) -> None:
    """While more is launched, the figures of what was launched first go on once a turn."""
    with transaction.atomic():
        batch = locked(batch_id)
        if batch is not None and batch.job_id == job_id and watch(batch, oldest=LOOKED_AT):
            counts.save(batch, "steps")


def step(batch_id: str, job_id: str, share: float = 1.0) -> tuple[Batch | None, Next]:
    """The next thing, done and committed; with this share of the items that a step may take."""
    with _nothing_collected(), transaction.atomic():
        batch = locked(batch_id)
        if batch is None or batch.job_id != job_id or batch.state in ENDED:
            return batch, Next.NOTHING
        then = _STEPS.get(BatchState(batch.state), _wait_for_a_person)(batch, share)
        counts.save(batch, "state", "verdict", "ended_at", "steps", "step", "prepared_to")
    return batch, then


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A step's rows are in no circles, and go as it ends: looking for some among them and all that the
    process has, again and again, was a fifth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _prepare(batch: Batch, share: float) -> Next:
    """Sort a page of its items; ready once all are."""
    pending = BatchItem.objects.filter(batch=batch, state=ItemState.PENDING, pk__gt=batch.prepared_to)
    items = list(pending.order_by("pk")[: part(SORTED_AT_ONCE, share)])
    if not items:
        batch.state, batch.verdict = BatchState.READY, None
        return Next.NOTHING
    sort(batch, items)
    batch.prepared_to = items[-1].pk
    return Next.MORE


def sort(batch: Batch, items: list[BatchItem]) -> None:
    """Give each its class; saved by the caller, but for the items."""
    found = Page.read(batch, items).sorted(forms=True)
    before = [counts.place_of(item) for item in items]
    for item in items:
        now = found[item.id]
        item.item_class, item.why = now.item_class, None if now.why is None else plain(now.why)
    counts.keep(batch, items, before)


def _run(batch: Batch, share: float) -> Next:
    """Tell what ended; then the canary's next step, or the next page of the rest."""
    if canary.is_on(batch):
        return _run_canary(batch)
    pending = BatchItem.objects.filter(batch=batch, state=ItemState.PENDING)
    items = list(pending.order_by("pk")[: part(LAUNCHED_AT_ONCE, share)])
    if items:
        launch_page(batch, items)
        return Next.MORE
    if watch(batch):
        return Next.MORE
    return _await_or(batch, BatchState.FINISHED)


def _run_canary(batch: Batch) -> Next:
    watch(batch)
    if canary.launch_more(batch):
        return Next.MORE
    if canary.is_awaited(batch):
        return Next.AWAIT
    canary.judge(batch)
    return Next.MORE


def _stop(batch: Batch, share: float) -> Next:
    """Let go of what was not launched, and see what was to its end."""
    pending = BatchItem.objects.filter(batch=batch, state=ItemState.PENDING)
    items = list(pending.order_by("pk")[: part(RELEASED_AT_ONCE, share)])
    counts.set_all(batch, items, state=ItemState.STOPPED)
    if items or watch(batch):
        return Next.MORE
    return _await_or(batch, BatchState.STOPPED)


def _wait_for_a_person(batch: Batch, _share: float) -> Next:
    """Paused, or ready: what was launched is seen to its end all the same."""
    if watch(batch):
        return Next.MORE
    return Next.AWAIT if batch.count(states=(ItemState.LAUNCHED,)) else Next.NOTHING


def _await_or(batch: Batch, end: BatchState) -> Next:
    if batch.count(states=(ItemState.LAUNCHED,)):
        return Next.AWAIT
    batch.state, batch.ended_at = end, shared_time.now()
    return Next.NOTHING


_STEPS: dict[BatchState, Callable[[Batch, float], Next]] = {
    BatchState.PREPARING: _prepare,
    BatchState.RUNNING: _run,
    BatchState.STOPPING: _stop,
}


def progress_of(batch: Batch) -> tuple[float, Notice]:
    """How far it is, in percent and in words."""
    total = max(batch.total, 1)
    if batch.state == BatchState.PREPARING:
        return 100 * (1 - batch.count((ItemClass.UNSORTED,)) / total), causes.SORTING()
    return 100 * (1 - batch.count(states=(ItemState.PENDING,)) / total), causes.LAUNCHING()


def pause_by_its_end(job: Job, why: Notice) -> None:
    """The job that works on a batch ended without success: the batch waits for a person, who reads why."""
    its_batch = Batch.objects.filter(job_id=job.pk).values_list("pk", flat=True).first()
    if its_batch is None:
        return
    with transaction.atomic():
        batch = locked(its_batch)
        if batch is not None and batch.job_id == job.pk and batch.state not in ENDED:
            batch.verdict = plain(causes.JOB_ENDED(why=why))
            if batch.state == BatchState.RUNNING:
                batch.state = BatchState.PAUSED
            batch.save(update_fields=["state", "verdict"])
