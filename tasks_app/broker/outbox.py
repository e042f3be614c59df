"""What Celery publishes becomes a row first: a new job, or the next step of the run that publishes it."""

from __future__ import annotations

from typing import Any

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.ledger import transitions
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.message_codec import LATE_PART, LAUNCHED_BY, ROUTING, job_of_message
from tasks_app.ledger.run import Run, current_run, run_of
from tasks_app.models import Job
from tasks_app.models.job import Origin


def record(name: str, message: Any, **options: Any) -> None:
    """Write the row of a message that Celery publishes, and let it leave after commit.

    `options` are those of Celery's sender. What a message is follows from its id and from the run that
    publishes it: see the functions below, one for each.
    """
    run = current_run()
    job = _job(run, name, message, options)
    replacement = bool(job.message["headers"].get("replaced_task_nesting"))
    if run is not None and run_of(job.id):
        if replacement and job.retries == 0:
            _replace(job, run)
        else:
            _keep_for_the_end(job, run)
    elif replacement and transitions.receive_replacement(job):
        publish_after_commit([job])
    elif run is not None and run.ending:
        run.follow_ups.append(job)  # a link, a later step of the chain: it leaves with the run's end
    else:
        _begin(job)


def _job(run: Run | None, name: str, message: Any, options: dict[str, Any]) -> Job:
    """The unsaved row. Objects of the publishing side (declare, retry policy, events) mean nothing to it."""
    headers = dict(options.get("headers") or {})
    if run is not None and run.launcher_exists():
        headers.setdefault(LAUNCHED_BY, run.launched_by)
    if run is not None and run.late_part and (run.ending or run_of(message.headers["id"])):
        headers.setdefault(LATE_PART, 1)
    origin = Origin.CODE if run is None else Origin.FOLLOW_UP
    routing = {key: options[key] for key in ("queue", "exchange", *ROUTING) if key in options}
    return job_of_message(name, message, headers=headers, origin=origin, **routing)


def _replace(job: Job, run: Run) -> None:
    """`self.replace` by a single task: the row waits again, as that task."""
    run.passed_on = transitions.replace(job, run.token)
    publish_after_commit([job])


def _keep_for_the_end(job: Job, run: Run) -> None:
    """The next attempt of the run's own job: the end of this one writes it into the row."""
    run.next_message = job


def _begin(job: Job) -> None:
    """A job of its own."""
    insert_jobs([job])
    publish_after_commit([job])
