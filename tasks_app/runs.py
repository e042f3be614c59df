"""A run is one claim of a job by this process: its token, and what is to commit with its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from tasks_app import hiding, ledger
from tasks_app.messages import LAUNCHED_BY, job_of_message
from tasks_app.models import Job
from tasks_app.models.job import Origin
from tasks_app.publishing import publish_after_commit


@dataclass(eq=False)
class Run:
    job_id: str
    token: str
    launched_by: int | None = None
    started_at: datetime = field(default_factory=timezone.now)
    eager: bool = False
    secrets: tuple[str, ...] = ()  # values of secret arguments, which nothing may tell
    facts: Mapping[str, Any] = field(default_factory=dict)  # what log lines of other threads say of the job
    # The body has returned: what Celery publishes now (links, chain steps) leaves with the end.
    ending: bool = False
    follow_ups: list[Job] = field(default_factory=list)
    at_end: list[Callable[[], object]] = field(default_factory=list)
    # The message of this job's next attempt, as `retry()` published it.
    next_message: Job | None = None
    handed_over: bool = False  # replaced or put off: the row waits for another message, this run has no end
    lost: bool = False  # the lease thread found the token gone

    def launcher_exists(self) -> bool:
        """A person who was deleted since cannot be named by the rows that follow."""
        if self.launched_by is not None and not User.objects.filter(pk=self.launched_by).exists():
            self.launched_by = None
        return self.launched_by is not None


class _Stack(threading.local):
    """Eager jobs start others in the same thread, so runs nest."""

    def __init__(self) -> None:
        self.runs: list[Run] = []


_stack = _Stack()


def current() -> Run | None:
    return _stack.runs[-1] if _stack.runs else None


def begin(run: Run) -> Run:
    _stack.runs.append(run)
    _hide_secrets()
    return run


def finish(run: Run) -> None:
    if run in _stack.runs:
        _stack.runs.remove(run)
    _hide_secrets()


def _hide_secrets() -> None:
    hiding.hide_here(secret for run in _stack.runs for secret in run.secrets)


def record(name: str, message: Any, **options: Any) -> None:
    """Write the row of a message that Celery publishes, and let it leave after commit.

    A message with the current run's own id is its retry or its replacement: it changes the row.
    """
    run = current()
    origin = Origin.FOLLOW_UP if run else Origin.CODE
    headers = dict(options.pop("headers", None) or {})
    if run and run.launcher_exists():
        headers.setdefault(LAUNCHED_BY, run.launched_by)
    # Objects of the publishing side (declare, retry policy, events) mean nothing to the row.
    options = {
        key: options[key]
        for key in (
            "queue",
            "exchange",
            "routing_key",
            "priority",
            "serializer",
            "compression",
            "delivery_mode",
        )
        if key in options
    }
    job = job_of_message(name, message, headers=headers, origin=origin, **options)
    replaces = bool(job.message["headers"].get("replaced_task_nesting"))
    if run and job.id == run.job_id:
        if replaces and job.retries == 0:
            run.handed_over = ledger.replace(job, run.token)
            publish_after_commit([job])
        else:
            run.next_message = job
    elif replaces and ledger.take_over(job):
        publish_after_commit([job])
    elif run and run.ending:
        run.follow_ups.append(job)
    else:
        ledger.insert([job])
        publish_after_commit([job])
