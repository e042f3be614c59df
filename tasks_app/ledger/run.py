"""A run is one claim of a job by this process: its token, and what is to commit with its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from tasks_app.db import shared_time
from tasks_app.logs import lines, masking, traces
from tasks_app.models import Job
from tasks_app.notices import Notice


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
    # Replaced or snoozed: the row waits for another message, and this run has no end.
    passed_on: bool = False
    late_part: bool = False  # what follows from it belongs to a chord whose other parts have ended
    lost: bool = False  # the lease thread found the token gone
    trace: str = ""  # the traceparent that what it launches belongs to as well
    log: lines.Buffer = field(default_factory=lines.Buffer)  # what the body writes to the log

    def launcher_exists(self) -> bool:
        """A person who was deleted since cannot be named by the rows that follow."""
        if self.launched_by is not None and not User.objects.filter(pk=self.launched_by).exists():
            self.launched_by = None
        return self.launched_by is not None


class _Stack(threading.local):
    """Eager jobs start others in the same thread, so runs nest."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        if threading.current_thread() is threading.main_thread():
            _of_main_thread.runs = self.runs


class _OfMainThread:
    runs: list[Run] = []


_of_main_thread = _OfMainThread()
_stack = _Stack()


def current_run() -> Run | None:
    """The innermost run of this thread."""
    return _stack.runs[-1] if _stack.runs else None


def run_of(job_id: str) -> Run | None:
    """The innermost run of this thread, where it is of that job."""
    run = current_run()
    return run if run is not None and run.job_id == job_id else None


def run_worked_for() -> Run | None:
    """The run of this thread; of a thread that a body started, the one that its process is at."""
    here = current_run()
    if here is not None or not _of_main_thread.runs:
        return here
    of_process = _of_main_thread.runs[-1]  # a pool's process runs one job, in its main thread
    return None if of_process.eager else of_process


lines.ask_for_runs(run_worked_for)


def trace_here() -> str:
    """The traceparent of what this thread is at; "" where it has none."""
    run = current_run()
    return traces.of_request() if run is None else run.trace


def begin_run(run: Run) -> Run:
    _stack.runs.append(run)
    _mask_secrets()
    return run


def finish_run(run: Run) -> None:
    if run in _stack.runs:
        _stack.runs.remove(run)
    _mask_secrets()


def mask_also(run: Run, values: Iterable[Any]) -> None:
    """Of this run neither these values are told, from now on."""
    run.secrets += masking.spellings(values)
    _mask_secrets()


def note_in_log(run: Run, percent: int | None, said: str | Notice) -> None:
    """A progress line: read in each reader's language where it is a notice."""
    text, params = (said.code, dict(said.params)) if isinstance(said, Notice) else (said, None)
    run.log.add_progress(shared_time.now().timestamp(), percent, text, params)


def _mask_secrets() -> None:
    masking.mask_here(secret for run in _stack.runs for secret in run.secrets)
