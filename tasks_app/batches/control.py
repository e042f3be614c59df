"""What people do to a batch: start, pause, go on, stop. Each is a guarded UPDATE, and a job to work on it.

A step of the batch holds its row, so each of these waits for the end of one step (ledger/batch_lock.py).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tasks_app.db import shared_time
from tasks_app.launching import launch
from tasks_app.ledger.batch_lock import await_turn, locked
from tasks_app.models import OPEN, Batch, BatchState, Job
from tasks_app.models.batch import ENDED, INCLUDABLE, STOPPABLE

# The job's task; it is declared above, in tasks_app/tasks.py.
TASK = "tasks_app.tasks.run_batch"


# How long what is sorted waits for a start: its jobs are in no other batch meanwhile.
KEPT_READY = timedelta(days=1)


def let_work(batch: Batch, *, by: Any) -> None:
    """Give the batch a job of its own; one that it had finds that it has it no more, and leaves."""
    job = launch(TASK, {"batch": str(batch.pk)}, by=by)
    Batch.objects.filter(pk=batch.pk).update(job_id=job.pk)
    batch.job_id = job.pk


def start(batch: Batch, *, by: Any, canary: str, included: Collection[str] = (), reason: str = "") -> bool:
    """From here on it launches; False where somebody started or stopped it before."""
    taken = [name for name in INCLUDABLE if name in included]
    return _turned(
        batch,
        {BatchState.READY},
        by,
        state=BatchState.RUNNING,
        canary=canary,
        included=taken,
        included_reason=reason if taken else "",
        started_at=shared_time.now(),
    )


def pause(batch: Batch) -> bool:
    """It launches nothing more until somebody has it go on; what it launched goes on."""
    with transaction.atomic():
        await_turn(batch.pk)
        running = Batch.objects.filter(pk=batch.pk, state=BatchState.RUNNING)
        return bool(running.update(state=BatchState.PAUSED, verdict=None))


def resume(batch: Batch, *, by: Any) -> bool:
    return _turned(batch, {BatchState.PAUSED}, by, state=BatchState.RUNNING, verdict=None)


def stop(batch: Batch, *, by: Any) -> bool:
    """It never launches anything more; what it launched goes on, and is counted to its end."""
    return _turned(batch, STOPPABLE, by, state=BatchState.STOPPING, verdict=None)


def work_on(batch: Batch, *, by: Any) -> bool:
    """A job in place of the one that ended before the batch did; False where there is nothing to do."""
    with transaction.atomic():
        now = locked(batch.pk)
        if now is None or not needs_job(now):
            return False
        let_work(now, by=by)
    return True


def needs_job(batch: Batch) -> bool:
    """Whether nobody works on it, though there is something to do."""
    if batch.state in ENDED or batch.state in (BatchState.READY, BatchState.PAUSED):
        return False
    return not Job.objects.filter(pk=batch.job_id, state__in=OPEN).exists()


def _turned(batch: Batch, before: Collection[str], by: Any, **changes: Any) -> bool:
    with transaction.atomic():
        await_turn(batch.pk)
        if not Batch.objects.filter(pk=batch.pk, state__in=before).update(**changes):
            return False
        let_work(batch, by=by)
    return True


def let_go_of_abandoned(now: datetime) -> int:
    """Batches that nobody started in time hold their jobs no longer; how many."""
    waiting = Batch.objects.filter(
        state__in=(BatchState.PREPARING, BatchState.READY), created_at__lt=now - KEPT_READY
    )
    return sum(stop(batch, by=batch.by) for batch in waiting)
