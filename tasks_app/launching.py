"""Launching a job: one call writes the row in the caller's transaction; the bell rings after commit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from celery import current_app
from django.db import transaction

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.ledger.hot_sql import speaks_postgresql
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.json_values import from_json
from tasks_app.ledger.new_job import Cause, build_job, build_many
from tasks_app.models import FINAL, Job, State
from tasks_app.models.job import Origin

# Seconds between two looks at a job that is waited for.
LOOK_AGAIN = 0.2


def launch(
    name: str,
    arguments: Mapping[str, Any],
    *,
    by: Any = None,
    key: str | None = None,
    rerun_of: Job | None = None,
) -> Job:
    """Write a Job for the task `name` and publish it after commit.

    `key` is the launch key of the form: a second launch with the same key returns the first Job.
    `published_at` of the Job, read again after the transaction, says whether the broker took it.
    """
    origin = Origin.RERUN if rerun_of else _origin(by)
    cause = Cause(origin, by, launch_key=key, rerun_of=rerun_of)
    return start(build_job(name, kwargs=arguments, cause=cause))


def start(job: Job) -> Job:
    """Write one built job and let it go; returns the row it became, or the one that was there."""
    [written] = insert_jobs([job])
    if written.id != job.id:
        return written  # the launch key was used: the first launch counts
    if current_app.conf.task_always_eager:
        current_app.tasks[job.name].apply(from_json(job.args), from_json(job.kwargs), task_id=job.id)
    else:
        publish_after_commit([written])
    return written


def launch_many(name: str, arguments: Iterable[Mapping[str, Any]], *, by: Any = None) -> list[Job]:
    """As `launch`, for many sets of arguments: one INSERT for 500 of them, one publish for all."""
    jobs: Iterable[Job] = build_many(name, list(arguments), cause=Cause(_origin(by), by))
    if current_app.conf.task_always_eager or not speaks_postgresql():
        jobs = list(jobs)  # none runs, and SQLite's one writer is not kept waiting, before all are made
    if current_app.conf.task_always_eager:
        return [start(job) for job in jobs]
    with transaction.atomic():
        written = insert_jobs(jobs)
        publish_after_commit(written)
    return written


def rerun(
    job: Job, *, by: Any = None, arguments: Mapping[str, Any] | None = None, key: str | None = None
) -> Job:
    """A new Job with the old one's arguments (or corrected ones), linked by `rerun_of`."""
    if arguments is not None:
        return launch(job.name, arguments, by=by, key=key, rerun_of=job)
    again = build_job(
        job.name,
        from_json(job.args),
        from_json(job.kwargs),
        cause=Cause(Origin.RERUN, by, launch_key=key, rerun_of=job),
        options={"queue": job.queue},
    )
    return start(again)


def wait(job: Job, timeout: float) -> Job:
    """The Job once it is final or unknown; raises TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        job.refresh_from_db()
        if job.state in FINAL or job.state == State.UNKNOWN:
            return job
        if time.monotonic() > deadline:
            raise TimeoutError(f"{job.id} is still {job.state} after {timeout:g} s")
        time.sleep(LOOK_AGAIN)


def _origin(by: Any) -> Origin:
    return Origin.CODE if by is None else Origin.PERSON
