"""Launching a page of a batch's items: rows of new jobs and of items in one transaction, or none of them.

What was sorted before the start is asked again: rights, re-runs, effects. The families stay locked until the
transaction ends, so whoever else runs one of them again comes before or after, never in between.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import deepcopy
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from celery import current_app
from django.db import connection, transaction

from tasks_app.batches import causes, changing
from tasks_app.batches.sorting import CHECKED, Page, Sorted
from tasks_app.broker.publishing import publish_after_commit
from tasks_app.catalogue import Arguments
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import all_or_each, in_a_line, read_each
from tasks_app.errors import InvalidArguments
from tasks_app.launching import build_rerun, let_go
from tasks_app.ledger import batch_counts as counts
from tasks_app.ledger.continuing import Behind, behind, has_steps, take
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import Cause, build_reruns
from tasks_app.ledger.reruns import family_of, lock_families, tell_families_of_launched
from tasks_app.models import Batch, BatchItem, ItemClass, ItemState, Job
from tasks_app.models.job import Origin
from tasks_app.notices.notice import plain

logger = logging.getLogger(__name__)

_ITEM, _JOB = BatchItem._meta.db_table, Job._meta.db_table

# The new job names the one that it is a re-run of, and so the item.
_LAUNCHED = f"""
UPDATE {_ITEM} SET new_job_id = new.id, state = '{ItemState.LAUNCHED}', step = %s
FROM {_JOB} new
WHERE new.id IN ({{ids}}) AND {_ITEM}.batch_id = %s AND {_ITEM}.job_id = new.rerun_of_id
    AND {_ITEM}.state = '{ItemState.PENDING}'
"""  # noqa: S608 - table names are the models' own


class Chosen(NamedTuple):
    """A job that is launched again, with what it is given where that is not what it was given."""

    item: BatchItem
    job: Job
    arguments: Arguments | None
    waiting: Behind | None  # what goes on behind it


def launch_page(batch: Batch, items: Sequence[BatchItem], *, step: int | None = None) -> int:
    """Launch those of these pending items that may be; the others are left out. How many were launched.

    The batch's row is locked, and saved by the caller, in the transaction that is open. One that cannot be
    launched for a reason that nobody foresaw keeps none of the others.
    """
    taken = [item for item in items if item.item_class in batch.takes]
    leave_out(batch, [item for item in items if item.item_class not in batch.takes])
    launched: list[int] = []

    def launch(some: Sequence[BatchItem]) -> None:
        before = deepcopy(batch.counts), [dict(vars(item)) for item in some]
        try:
            launched.append(_launch(batch, some, step))
        except Exception:
            batch.counts = before[0]
            for item, values in zip(some, before[1], strict=True):
                vars(item).update(values)
            raise

    def refused(item: BatchItem, error: Exception) -> None:
        logger.error("Job %s of batch %s cannot be run again: %s", item.job_id, batch.pk, in_a_line(error))
        _refuse(batch, item, Sorted(ItemClass.UNFIT, causes.CANNOT_BE_LAUNCHED(error=in_a_line(error))))

    if taken:
        all_or_each(taken, launch, refused)
    return sum(launched)


def _launch(batch: Batch, items: Sequence[BatchItem], step: int | None) -> int:
    jobs, _unread = read_each(Job.objects.only("id", "family", "rerun_of"), [item.job_id for item in items])
    page = Page.read(batch, items, lock_families(jobs))
    new = _built(batch, _chosen(page))
    _write(batch, new, page, step)
    return len(new)


def leave_out(batch: Batch, items: Sequence[BatchItem]) -> None:
    counts.set_all(batch, items, state=ItemState.LEFT_OUT)


def _chosen(page: Page) -> list[Chosen]:
    """Sorted anew; one whose class is not taken any more is left out, under that class."""
    batch, found = page.batch, []
    sorted_anew = page.sorted(forms=False)
    for item in page.items:
        now = sorted_anew[item.pk]
        job = page.jobs.get(item.job_id)
        if job is None or now.item_class not in CHECKED or now.item_class not in batch.takes:
            _refuse(batch, item, now)
            continue
        try:
            found.append(_with_arguments(item, job, batch))
        except InvalidArguments as error:
            _refuse(batch, item, Sorted(ItemClass.UNFIT, error.notice))
    return found


def _with_arguments(item: BatchItem, job: Job, batch: Batch) -> Chosen:
    given = changing.changed(job, batch.changes, item.arguments)
    if given is not None:  # a row that its form chose from may be gone since
        given = changing.checked(job, batch.changes, item.arguments)
    waiting = behind(job) if job.family is not None or has_steps(job) else None
    return Chosen(item, job, given, waiting if waiting and waiting.why_not is None else None)


def _refuse(batch: Batch, item: BatchItem, now: Sorted) -> None:
    why = None if now.why is None else plain(now.why)
    counts.set_all(batch, [item], item_class=now.item_class, why=why, state=ItemState.LEFT_OUT)


def _write(batch: Batch, new: Sequence[tuple[Chosen, Job]], page: Page, step: int | None) -> None:
    if not new:
        return
    now = shared_time.now()
    for one, job in new:
        known = page.members.get(family_of(one.job), [])
        latest = max([one.job.created_at, *(member.created_at for member in known)])
        job.created_at = max(now, latest + timedelta(microseconds=1))
    jobs = [job for _one, job in new]
    insert_jobs(jobs)
    tell_families_of_launched([job.pk for job in jobs])
    for one, job in new:
        if one.waiting:
            take(one.waiting, job)
    _note_launched(batch, [one.item for one, _job in new], [job.pk for job in jobs], step)
    if current_app.conf.task_always_eager:
        transaction.on_commit(partial(_run_all, jobs))
    else:
        publish_after_commit(jobs)


def _built(batch: Batch, chosen: Sequence[Chosen]) -> list[tuple[Chosen, Job]]:
    """Those that run as they were are copies; the others are built one by one."""
    copied = [one for one in chosen if one.arguments is None and one.waiting is None]
    built = list(zip(copied, build_reruns([one.job for one in copied], by=batch.by), strict=True))
    for one in chosen:
        if one.arguments is not None or one.waiting is not None:
            cause = Cause(Origin.RERUN, batch.by, rerun_of=one.job, family=family_of(one.job))
            built.append((one, build_rerun(one.job, one.arguments, one.waiting, cause)))
    return built


def _note_launched(batch: Batch, items: Sequence[BatchItem], ids: Sequence[str], step: int | None) -> None:
    marks = ", ".join(["%s"] * len(ids))
    key = Batch._meta.pk.get_db_prep_value(batch.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(_LAUNCHED.format(ids=marks), [step, *ids, key])
    before = [counts.place_of(item) for item in items]
    for item in items:
        item.state = ItemState.LAUNCHED
    counts.move(batch, before, [counts.place_of(item) for item in items])


def _run_all(new: Sequence[Job]) -> None:
    for job in new:
        let_go(job)
