"""Keeping a long run's lease: a daemon thread of the pool process renews it while the body works.

A body that holds the interpreter lock in C code for longer than the lease, or a frozen process, loses
it; recovery then decides, and whatever the late run does changes no row.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error, connection

from tasks_app.db import shared_time
from tasks_app.ledger import transitions
from tasks_app.logs import context as log_context

if TYPE_CHECKING:
    from tasks_app.ledger.run import Run

logger = logging.getLogger(__name__)


class _Keeper:
    """Of one process: the runs it watches, and the thread that renews. Most end before it wakes."""

    def __init__(self) -> None:
        self.runs: set[Run] = set()  # more than one where eager jobs nest or the pool is of threads
        self.thread: threading.Thread | None = None
        self.pid = os.getpid()

    def watch(self, run: Run) -> None:
        if self.thread is None or self.pid != os.getpid():  # threads do not survive a fork
            self.pid = os.getpid()
            self.runs = set()
            self.thread = threading.Thread(target=self._keep, name="job-lease", daemon=True)
            self.thread.start()
        self.runs.add(run)

    def _keep(self) -> None:
        seen: set[Run] = set()
        idle = threading.Event()
        while True:
            idle.wait(settings.JOB_LEASE.total_seconds() / 4)
            watched = self.runs.copy()
            for run in watched & seen:  # a quarter of the lease or more has passed
                self._renew(run)
            seen = watched

    def _renew(self, run: Run) -> None:
        with log_context.lines_about(run.facts):
            self._renew_and_tell(run)

    def _renew_and_tell(self, run: Run) -> None:
        try:
            shared_time.measure_now_and_then()
            if not transitions.renew(run.job_id, run.token) and run in self.runs:
                run.lost = True
                logger.warning("Job %s lost its lease: another run has it.", run.job_id)
        except Error as error:  # the next quarter tries again; the lease outlasts three
            logger.warning("The lease of job %s was not renewed: %s", run.job_id, error)
        finally:
            connection.close()  # this thread's own; it may not be needed for an hour


_keeper = _Keeper()


def watch(run: Run) -> None:
    _keeper.watch(run)


def unwatch(run: Run) -> None:
    _keeper.runs.discard(run)
