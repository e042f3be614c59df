"""A question asked of PostgreSQL: in a session that can only read, by the extended protocol, one statement.

Runs in the child process: no Django here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg

from backoffice.questions.asking import powers
from backoffice.questions.asking.ends import Away, TooMighty

CONNECT_SECONDS = 5
# Beyond the deadline, for the case that nobody cancels: the server then ends it alone.
SERVER_SECONDS_MORE = 5
BATCH = 100  # rows in memory at once, where the client's library can


@contextmanager
def session(given: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """Read-only, probed; raises Away or TooMighty."""
    seconds = given["seconds"] + SERVER_SECONDS_MORE
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={seconds}s -c lock_timeout=2s "
        f"-c idle_in_transaction_session_timeout={seconds}s -c search_path={given['schema']} "
        "-c standard_conforming_strings=on -c timezone=UTC"
    )
    try:
        connection = psycopg.connect(
            given["url"],
            options=options,
            connect_timeout=CONNECT_SECONDS,
            tcp_user_timeout=1000 * CONNECT_SECONDS,
            application_name="saved question",
        )
    except psycopg.OperationalError as error:
        raise Away from error
    try:
        _check(connection, given)
        yield connection
    finally:
        connection.close()


def _check(connection: psycopg.Connection[Any], given: dict[str, Any]) -> None:
    connection.read_only = True
    if connection.info.server_version >= 14_00_00:
        # A server whose client was killed notices it within a second, and ends the query.
        connection.execute("SET client_connection_check_interval = '1s'")
    if found := powers.powers(connection, given["schema"], given["views"]):
        raise TooMighty("; ".join(found))


def rows(connection: psycopg.Connection[Any], given: dict[str, Any]) -> Iterator[list[Any]]:
    """First the names of the columns, then the rows as they come: never all of them in memory."""
    with _cancelled_after(connection, given["seconds"]), connection.cursor() as cursor:
        size = BATCH if psycopg.pq.__build_version__ >= 17_00_00 and psycopg.pq.version() >= 17_00_00 else 1
        values = {name: _value(one) for name, one in given["values"].items()}
        answer = cursor.stream(given["sql"], values, size=size)  # always by the extended protocol
        first = next(answer, None)
        if first is None:  # no row came, and with none no column
            # The text stood alone before, as one statement: it closes no parenthesis of ours.
            cursor.execute(f"SELECT * FROM ({given['sql']}) AS question LIMIT 0", values, prepare=True)  # noqa: S608
            yield [column.name for column in cursor.description or []]
            return
        yield [column.name for column in cursor.description or []]
        yield list(first)
        for row in answer:
            yield list(row)


def _value(given: Any) -> Any:
    """What JSON has no word for came as a text; its type stands in the statement."""
    return Decimal(str(given)) if isinstance(given, float) else given


@contextmanager
def _cancelled_after(connection: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """From a second connection: the first is deaf while it waits for rows."""
    timer = threading.Timer(seconds, connection.cancel_safe, kwargs={"timeout": CONNECT_SECONDS})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
