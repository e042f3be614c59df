"""The canary: one job, then ten, then the rest, each step's outcome awaited before the next."""

from __future__ import annotations

from typing import Any

from tasks_app.batches import causes
from tasks_app.batches.going import launch_page
from tasks_app.models import Batch, BatchItem, BatchState, Canary, ItemState
from tasks_app.models.batch import OUTCOMES
from tasks_app.notices import Notice
from tasks_app.notices.notice import plain

SIZES = (1, 10)  # jobs of each step before the rest


def is_on(batch: Batch) -> bool:
    return batch.canary != Canary.NONE and batch.step < len(SIZES)


def launch_more(batch: Batch) -> int:
    """Launch what this step still lacks; how many. The batch is saved by the caller."""
    step = _now(batch)
    wanted = SIZES[batch.step] - step["launched"]
    pending = BatchItem.objects.filter(batch=batch, state=ItemState.PENDING, item_class__in=batch.takes)
    items = list(pending.order_by("pk")[:wanted]) if wanted > 0 else []
    launched = launch_page(batch, items, step=batch.step) if items else 0
    step["launched"] += launched
    return launched or len(items)


def is_awaited(batch: Batch) -> bool:
    step = _now(batch)
    return bool(sum(step.get(state, 0) for state in OUTCOMES) < step["launched"])


def judge(batch: Batch) -> None:
    """All of this step have ended: stop, ask, or go on with the next. Saved by the caller."""
    step = _now(batch)
    same, unknown = step.get(ItemState.SAME_CAUSE, 0), step.get(ItemState.UNKNOWN, 0)
    launched, succeeded = step["launched"], step.get(ItemState.SUCCEEDED, 0)
    batch.step += 1
    if same:
        _turn(batch, BatchState.STOPPING, causes.SAME_CAUSE_RETURNED(launched=launched, failed=same))
    elif unknown:
        _turn(batch, BatchState.PAUSED, causes.CANARY_UNKNOWN(launched=launched, unknown=unknown))
    elif batch.canary == Canary.ASK and launched:
        _turn(batch, BatchState.PAUSED, causes.CANARY_ASKS(launched=launched, succeeded=succeeded))


def _turn(batch: Batch, state: BatchState, verdict: Notice) -> None:
    batch.state, batch.verdict = state, plain(verdict)


def _now(batch: Batch) -> dict[str, Any]:
    while len(batch.steps) <= batch.step:
        batch.steps.append({"launched": 0})
    step: dict[str, Any] = batch.steps[batch.step]
    return step
