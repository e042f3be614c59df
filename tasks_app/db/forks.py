"""A process is not forked while one of its threads asks the database.

The child would begin with the locks that the thread held (SQLite's and libpq's are of a whole process) and
without the thread that gives them back: it would wait for ever at its first question, and with it a place
of a worker's pool. Threads beside a process that forks ask within `apart_from_forks()`.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

LONGEST_WAIT = 10.0  # seconds that a fork waits: a database that answers nobody must not hold a worker still


class _Turn:
    """Of one process: either its threads ask, or it is forked."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.taken = False

    def before(self) -> None:
        self.taken = self.lock.acquire(timeout=LONGEST_WAIT)
        if not self.taken:
            logger.warning("A process is forked while a thread waits for the database.")

    def after_in_parent(self) -> None:
        if self.taken:
            self.lock.release()

    def after_in_child(self) -> None:
        self.lock = threading.RLock()  # whoever held it is not here


_turn = _Turn()
os.register_at_fork(
    before=_turn.before, after_in_parent=_turn.after_in_parent, after_in_child=_turn.after_in_child
)


@contextmanager
def apart_from_forks() -> Iterator[None]:
    """While a thread is in here, this process is not forked (for ten seconds at most)."""
    with _turn.lock:
        yield
