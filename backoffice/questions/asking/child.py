"""The process that asks: `python -m backoffice.questions.asking.child`, one order as JSON by stdin.

It writes lines of JSON: one for the columns, one a row, and one that says how it ended. It holds no secret
but the address of the reporting database, has a memory limit, and ends when who started it does.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from backoffice.questions.asking import on_sqlite
from backoffice.questions.asking.ends import Away, TooMighty
from backoffice.questions.asking.plain import plain

LONGEST_WORDS = 500  # of a database's complaint
MOST_WRITTEN = 4 * 1024**2  # bytes of a file: the one beside a SQLite file that its readers share, no more
TOO_SLOW = ("57014",)  # query_canceled, statement_timeout too
TOO_HEAVY = ("53200", "54000")  # out_of_memory, program_limit_exceeded


def main() -> None:
    given = json.loads(sys.stdin.readline())
    # All addresses of the process, what it has loaded itself included.
    resource.setrlimit(resource.RLIMIT_AS, (given["memory"], given["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _say(_ended(given))


def _end_with_parent() -> None:
    """Its end of the pipe closes with it, however it ends."""
    sys.stdin.read()
    os._exit(1)


def _ended(given: dict[str, Any]) -> dict[str, Any]:
    try:
        return _of_postgresql(given) if given["postgresql"] else _of_sqlite(given)
    except Away:
        return {"end": "away"}
    except TooMighty as error:
        return {"end": "mighty", "words": str(error)}
    except MemoryError:
        return {"end": "memory"}


def _of_postgresql(given: dict[str, Any]) -> dict[str, Any]:
    import psycopg  # takes a third of a second, and SQLite needs none of it

    from backoffice.questions.asking import on_postgresql, powers

    try:
        with on_postgresql.session(given) as connection:
            if given["deed"] == "probe":
                return {"end": "all", "missing": powers.missing(connection, given["schema"], given["views"])}
            return _tell(on_postgresql.rows(connection, given), given)
    except psycopg.Error as error:
        return _complaint(error)


def _complaint(error: Any) -> dict[str, Any]:
    """The first line of what PostgreSQL says: no query, no address of a host, no context."""
    if error.sqlstate in TOO_SLOW:
        return {"end": "slow"}
    if error.sqlstate in TOO_HEAVY:
        return {"end": "memory"}
    if error.sqlstate is None or error.sqlstate.startswith(("57", "08")):
        return {"end": "away"}
    return {"end": "refused", "words": (error.diag.message_primary or "")[:LONGEST_WORDS]}


def _of_sqlite(given: dict[str, Any]) -> dict[str, Any]:
    try:
        with on_sqlite.session(given) as file:
            if given["deed"] == "probe":
                return {"end": "all", "missing": _missing(file, given["selects"])}
            return _tell(on_sqlite.rows(file, given), given)
    except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeError) as error:
        words = str(error)[:LONGEST_WORDS]
        return {"end": "memory"} if words == "out of memory" else {"end": "refused", "words": words}


def _missing(file: sqlite3.Connection, names: Iterable[str]) -> list[str]:
    return [name for name in names if not _answers(file, f'SELECT 1 FROM "{name}" LIMIT 0')]  # noqa: S608 - ours


def _answers(file: sqlite3.Connection, statement: str) -> bool:
    try:
        file.execute(statement)
    except sqlite3.Error:
        return False
    return True


def _tell(rows: Iterator[list[Any]], given: dict[str, Any]) -> dict[str, Any]:
    """The columns and the rows, up to the limits; what is beyond them ends it."""
    told = 0
    for count, row in enumerate(rows):  # the first are the columns
        if count > given["rows"]:
            return {"end": "rows"}
        line = json.dumps([plain(value) for value in row], ensure_ascii=False)
        told += len(line)
        if told > given["bytes"]:
            return {"end": "bytes"}
        sys.stdout.write(line + "\n")
    return {"end": "all"}


def _say(last: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(last) + "\n")
    sys.stdout.flush()
    # Neither libraries nor a query that is still under way are waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
