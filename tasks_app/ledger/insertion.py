"""Writing new jobs: one statement for one, batches for many; what exists already is left as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

from django.db import IntegrityError, connection, transaction

from tasks_app.ledger import hot_sql
from tasks_app.models import Job

BATCH = 500  # rows a statement


def insert_jobs(jobs: Iterable[Job]) -> list[Job]:
    """Write the rows; an id or launch key that exists already is left as it is.

    Jobs that a generator makes are made meanwhile, on PostgreSQL: it must not ask the database for anything.
    Returns the rows as they are in the database when any was there before, else the given ones.
    """
    if hot_sql.speaks_postgresql():
        return _insert_on_postgresql(jobs)
    jobs = list(jobs)
    try:
        if len(jobs) == 1 and not connection.in_atomic_block:
            jobs[0].save(force_insert=True)  # one statement: bulk_create would open a transaction around it
        else:
            with transaction.atomic():
                Job.objects.bulk_create(jobs, batch_size=BATCH)
    except IntegrityError:
        return _insert_one_by_one(jobs)
    return jobs


def _insert_one_by_one(jobs: Sequence[Job]) -> list[Job]:
    """Some exist already, or something else is wrong with a row, which is raised: SQLite's own way to leave
    out what exists (INSERT OR IGNORE) leaves out in silence whatever a constraint refuses."""
    written: list[Job] = []
    with transaction.atomic():
        for job in jobs:
            existing = _existing([job])
            if not existing:
                job.save(force_insert=True)
            written.extend(existing or [job])
    return written


def _insert_on_postgresql(jobs: Iterable[Job]) -> list[Job]:
    given: list[Job] = []

    def batches() -> Iterator[Sequence[Job]]:
        for batch in batched(jobs, BATCH):
            given.extend(batch)
            yield batch

    if isinstance(jobs, Sequence) and len(jobs) <= 1:
        given, written = list(jobs), sum(map(hot_sql.insert, jobs))
    else:
        written = hot_sql.insert_many(batches())
    return given if written == len(given) else _existing(given)


def _existing(jobs: Sequence[Job]) -> list[Job]:
    by_id = Job.objects.in_bulk([job.id for job in jobs])
    by_key = {
        job.launch_key: job
        for job in Job.objects.filter(launch_key__in=[job.launch_key for job in jobs if job.launch_key])
    }
    found = [by_id.get(job.id) or by_key.get(job.launch_key) for job in jobs]
    return [job for job in found if job is not None]
