"""Launching a page of a batch's items: rows of new jobs and of items in one transaction, or none of them.

What was sorted before the start is asked again: rights, re-runs, effects. The families stay locked until the
transaction ends, so whoever else runs one of them again comes before or after, never in between.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import NamedTuple

from celery import current_app
from django.db import connection, transaction

from tasks_app.batches import causes, changing
from tasks_app.batches.sorting import CHECKED, Page, Sorted
from tasks_app.broker.beside import publish_page_after_commit
from tasks_app.catalogue import Arguments
from tasks_app.db import given_rows, shared_time
from tasks_app.db.bad_rows import all_or_each, in_a_line
from tasks_app.errors import InvalidArguments
from tasks_app.launching import build_rerun, let_go
from tasks_app.ledger import batch_counts as counts
from tasks_app.ledger.continuing import Behind, behind, have_steps_behind, take
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import Cause, build_reruns
from tasks_app.ledger.reruns import family_of, tell_of_launched
from tasks_app.models import Batch, BatchItem, ItemClass, ItemState, Job
from tasks_app.models.job import Origin
from tasks_app.notices.notice import plain

logger = logging.getLogger(__name__)

_ITEM = BatchItem._meta.db_table
_LAUNCHED = f"""
UPDATE {_ITEM} SET new_job_id = given.new_job_id, state = '{ItemState.LAUNCHED}', step = %s
FROM {{given}} WHERE {_ITEM}.id = given.id
"""  # noqa: S608 - the table's name is the model's own


class Chosen(NamedTuple):
    """A job that is launched again, with what it is given where that is not what it was given."""

    item: BatchItem
    job: Job
    arguments: Arguments | None
    waiting: Behind | None  # what goes on behind it

    @property
    def is_copy(self) -> bool:
        return self.arguments is None and self.waiting is None


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
        now = Sorted(ItemClass.UNFIT, causes.CANNOT_BE_LAUNCHED(error=in_a_line(error)))
        _refuse(batch, [(item, now)])

    if taken:
        all_or_each(taken, launch, refused)
    return sum(launched)


def _launch(batch: Batch, items: Sequence[BatchItem], step: int | None) -> int:
    page = Page.read(batch, items, lock=True)
    chosen = _chosen(page)
    if chosen:
        _write(batch, page, chosen, step)
    return len(chosen)


def leave_out(batch: Batch, items: Sequence[BatchItem]) -> None:
    counts.set_all(batch, items, state=ItemState.LEFT_OUT)


def _chosen(page: Page) -> list[Chosen]:
    """Sorted anew; one whose class is not taken any more is left out, under that class."""
    batch, chosen, refused = page.batch, [], []
    sorted_anew, waits = page.sorted(forms=False), have_steps_behind(page.jobs.values())
    for item in page.items:
        now = sorted_anew[item.id]
        job = page.jobs.get(item.job_id)
        if job is None or now.item_class not in CHECKED or now.item_class not in batch.takes:
            refused.append((item, now))
            continue
        try:
            chosen.append(_with_arguments(item, job, batch, waits=job.id in waits))
        except InvalidArguments as error:
            refused.append((item, Sorted(ItemClass.UNFIT, error.notice)))
    _refuse(batch, refused)
    return chosen


def _with_arguments(item: BatchItem, job: Job, batch: Batch, *, waits: bool) -> Chosen:
    given = changing.changed(job, batch.changes, item.arguments)
    if given is not None:  # a row that its form chose from may be gone since
        given = changing.checked(job, batch.changes, item.arguments)
    waiting = behind(job) if waits else None
    return Chosen(item, job, given, waiting if waiting and waiting.why_not is None else None)


def _refuse(batch: Batch, refused: Sequence[tuple[BatchItem, Sorted]]) -> None:
    items = [item for item, _now in refused]
    before = [counts.place_of(item) for item in items]
    for item, now in refused:
        item.item_class, item.state = now.item_class, ItemState.LEFT_OUT
        item.why = None if now.why is None else plain(now.why)
    counts.keep(batch, items, before)


def _write(batch: Batch, page: Page, chosen: Sequence[Chosen], step: int | None) -> None:
    """New jobs, what their families hear of them, and the items."""
    alike = [one for one in chosen if one.is_copy]
    apart = [(one, _built_alone(batch, one)) for one in chosen if not one.is_copy]
    copies = zip(alike, build_reruns([one.job for one in alike], by=batch.by), strict=True)
    new = _inserted(page, chain(copies, apart))
    tell_of_launched((member.id, job) for one, job in new for member in page.members_of(one.job))
    for one, job in apart:
        if one.waiting:
            take(one.waiting, job)
    _note_launched(batch, new, step)
    jobs = [job for _one, job in new]
    if current_app.conf.task_always_eager:
        transaction.on_commit(partial(_run_all, jobs))
    else:
        publish_page_after_commit(jobs)


def _built_alone(batch: Batch, one: Chosen) -> Job:
    cause = Cause(Origin.RERUN, batch.by, rerun_of=one.job, family=family_of(one.job))
    return build_rerun(one.job, one.arguments, one.waiting, cause)


def _inserted(page: Page, built: Iterable[tuple[Chosen, Job]]) -> list[tuple[Chosen, Job]]:
    """Each counts as created after all others of its family, whatever the clocks said."""
    now, new = shared_time.now(), []

    def in_time() -> Iterator[Job]:  # asks the database for nothing
        for one, job in built:
            latest = max(member.created_at for member in page.members_of(one.job))
            job.created_at = max(now, latest + timedelta(microseconds=1))
            new.append((one, job))
            yield job

    insert_jobs(in_time())
    return new


def _note_launched(batch: Batch, new: Sequence[tuple[Chosen, Job]], step: int | None) -> None:
    rows = given_rows.value({"id": one.item.id, "new_job_id": job.id} for one, job in new)
    table = given_rows.table(id="bigint", new_job_id="text")
    with connection.cursor() as cursor:
        cursor.execute(_LAUNCHED.format(given=table), [step, rows])
    items = [one.item for one, _job in new]
    before = [counts.place_of(item) for item in items]
    for item in items:
        item.state = ItemState.LAUNCHED
    counts.move(batch, before, [counts.place_of(item) for item in items])


def _run_all(new: Sequence[Job]) -> None:
    for job in new:
        let_go(job)
