"""COPY into PostgreSQL while the next rows are made: a thread hands over, and the server works beside us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any

from django.db import connection

from backoffice.history.tables import Writes, insert

AHEAD = 12  # batches of one table that wait for the server: memory stays flat

type Batch = tuple[str, list[str], list[tuple[Any, ...]]]


@contextmanager
def writer() -> Iterator[Writes]:
    """Writes rows in this connection's transaction; all are there at the end of the block.

    Whatever else the block asks of the database comes after the rows that were given before.
    """
    if connection.vendor != "postgresql":
        yield insert
        return
    copier = Copier(connection.connection)
    try:
        with connection.execute_wrapper(copier.before):
            yield copier.write
        copier.settle()
    finally:
        copier.stop()


class Copier:
    """Has a connection for itself, but for those who wait until it has nothing to do."""

    def __init__(self, psycopg_connection: Any) -> None:
        self._connection = psycopg_connection
        self._batches: Queue[Batch | None] = Queue(AHEAD)
        self._error: BaseException | None = None
        self._thread = Thread(target=self._work, name="copier", daemon=True)
        self._thread.start()

    def write(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        self._batches.put((table, columns, rows))
        self._tell()

    def settle(self) -> None:
        """Wait until all is written. Raises what the server said."""
        self._batches.join()
        self._tell()

    def before(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """Django's hook around each statement of the connection."""
        self.settle()
        return execute(*statement)

    def stop(self) -> None:
        """What still waits is not written: whoever stops before `settle` rolls back."""
        self._error = self._error or InterruptedError()
        self._batches.put(None)
        self._thread.join()

    def _tell(self) -> None:
        if self._error is not None:
            with connection.wrap_database_errors:
                raise self._error

    def _work(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                if self._error is None:
                    self._copy(*batch)
            except BaseException as error:
                self._error = error
            finally:
                self._batches.task_done()

    def _copy(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        named = ", ".join(f'"{one}"' for one in columns)
        with self._connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({named}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
