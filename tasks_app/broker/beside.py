"""Publishing beside the work of whoever commits page after page: the broker takes one, the database the next.

What its process had committed and not published when it ended is the clock's, as ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial

from django.db import connection, transaction

from tasks_app.broker.publishing import let_go_of_connection, publish, publish_after_commit
from tasks_app.models import Job


class _Beside:
    """A thread with connections of its own, which is one page behind at most."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publishing")
        self.under_way: Future[int] | None = None
        self.was_used = False

    def publish(self, jobs: Sequence[Job]) -> None:
        self.wait()
        self.was_used = True
        self.under_way = self.thread.submit(copy_context().run, publish, jobs)

    def wait(self) -> None:
        """Raises what publishing raised."""
        under_way, self.under_way = self.under_way, None
        if under_way is not None:
            under_way.result()

    def end(self) -> None:
        with self.thread:
            try:
                self.wait()
            finally:
                if self.was_used:
                    self.thread.submit(_let_go)


def _let_go() -> None:
    """Of the thread's connections."""
    let_go_of_connection()
    connection.close()


_beside: ContextVar[_Beside | None] = ContextVar("publishing_beside", default=None)


@contextmanager
def publishing_beside() -> Iterator[None]:
    """Within it pages are published by a thread while the next is written; it waits for the last.

    Not on SQLite: the mark that a page was published would wait for its one writer, which is at the next.
    """
    if connection.vendor == "sqlite":
        yield
        return
    beside = _Beside()
    token = _beside.set(beside)
    try:
        yield
    finally:
        _beside.reset(token)
        beside.end()


def publish_page_after_commit(jobs: Sequence[Job]) -> None:
    """Beside what follows, where that is said (`publishing_beside`); else as `publish_after_commit`."""
    beside = _beside.get()
    if beside is None:
        publish_after_commit(jobs)
    else:
        transaction.on_commit(partial(beside.publish, list(jobs)))
