"""Jobs and their re-runs, ended as a worker would end them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from celery import current_app

from tasks_app import launching
from tasks_app.errors import Unknown
from tasks_app.ledger import transitions
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.message_codec import context_of
from tasks_app.ledger.new_job import build_job
from tasks_app.ledger.run import Run, begin_run, finish_run
from tasks_app.models import Job, State
from tests.cancelling import cancel

NAME = "tests.engine.jobs.add"


def a_job(state: State | None = State.FAILED, **options: Any) -> Job:
    """One that ended so; None for one that waits."""
    [job] = insert_jobs([build_job(NAME, [1, 2], options=options)])
    return end(job, state) if state else job


def again(job: Job, state: State | None = None, **choices: Any) -> Job:
    """Its re-run, which ended so; None for one that waits."""
    new = launching.rerun(job, **choices)
    return end(new, state) if state else new


def end(job: Job, state: State) -> Job:
    """Claim it and have it end so."""
    if state == State.CANCELLED:
        assert cancel(job, by=None) == "cancelled"
    else:
        finish(job, begin(job), state)
    job.refresh_from_db()
    assert job.state == state
    return job


def begin(job: Job) -> str:
    token = str(uuid4())
    assert transitions.claim(job.id, token, "worker@host")
    return token


def finish(job: Job, token: str, state: State) -> None:
    """The end of the run with this token, told as Celery tells its backend."""
    request, backend = context_of(Job.objects.get(pk=job.pk)), current_app.backend
    run = begin_run(Run(job.id, token))
    try:
        if state == State.SUCCEEDED:
            backend.mark_as_done(job.id, 3, request=request)
        else:
            error = Unknown("who knows") if state == State.UNKNOWN else ValueError("no paper")
            backend.mark_as_failure(job.id, error, request=request)
    finally:
        finish_run(run)


def told(job: Job) -> tuple[str | None, str | None, bool]:
    """Which re-run tells of it, how that is, and whether it is repaired."""
    job.refresh_from_db()
    return job.rerun_id, job.rerun_state, job.repaired_at is not None
