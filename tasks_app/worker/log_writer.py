"""The thread of a pool process that writes log lines every two seconds: those of a run that is killed stay.

A run that ends before writes them itself, and the thread finds nothing. It is begun by the first line of all.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from django.db import Error, connection

from tasks_app.ledger import log_chunks

if TYPE_CHECKING:
    from tasks_app.ledger.run import Run

logger = logging.getLogger(__name__)

EVERY = 2.0  # seconds


class _Writer:
    """Of one process."""

    def __init__(self) -> None:
        self.pid = 0

    def wake(self, run: Run) -> None:
        if self.pid != os.getpid():  # threads do not survive a fork
            self.pid = os.getpid()
            self.runs: deque[Run] = deque()
            self.some_wait = threading.Event()
            threading.Thread(target=self._keep, name="job-log", daemon=True).start()
        self.runs.append(run)
        self.some_wait.set()

    def _keep(self) -> None:
        pause = threading.Event()
        while True:
            self.some_wait.wait()
            pause.wait(EVERY)
            self.some_wait.clear()
            woken = [self.runs.popleft() for _each in range(len(self.runs))]
            waiting = [run for run in woken if run.log.waits]
            for run in waiting:
                if not _written(run) and run.log.is_open:  # else its end writes them, or nobody can
                    self.wake(run)
            if waiting:
                connection.close()  # this thread's own; it may not be needed for an hour


def _written(run: Run) -> bool:
    try:
        log_chunks.write(run)
    except Exception as error:  # a thread that ended would write no lines of later jobs either
        logger.warning("Log lines of job %s wait: %s", run.job_id, error)
        connection.close()
        return False
    return True


_writer = _Writer()


def watch(run: Run) -> None:
    """Eager runs write with their end alone: their caller may have a transaction open."""
    if not run.eager:
        run.log.wake = partial(_writer.wake, run)


def finish(run: Run) -> None:
    """What its end did not write: of a run that left without one, or whose end found no database."""
    try:
        log_chunks.write(run)
    except Error as error:
        logger.warning("The last log lines of job %s are lost: %s", run.job_id, error)
