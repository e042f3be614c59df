"""Starts the process that asks one question, holds its deadline and its limits, and kills it.

What it is given: text and values, apart; the address of the reporting database; nothing else of this
process's environment. The deadline is held here, whatever the child or the database does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from backoffice.questions import causes
from backoffice.questions.asking.plain import value_of
from backoffice.questions.errors import NotAnswered
from backoffice.questions.statements import binding
from backoffice.questions.statements.checking import SCHEMA, checked
from backoffice.questions.statements.names import SQLITE
from backoffice.questions.views import views
from tasks_app.notices import Notice

MOST_BYTES = 20 * 1024 * 1024
# Beyond the deadline: a start, a sign-in, and the moment in which a database cancels and answers.
MORE_SECONDS = 10


@dataclass
class Table:
    """An answer as it came: rows in the order of `columns`."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)


def is_on() -> bool:
    return bool(settings.REPORTING_DATABASE_URL)


def is_postgresql() -> bool:
    return not str(settings.REPORTING_DATABASE_URL).startswith("sqlite:")


def ask(sql: str, types: Mapping[str, str], values: Mapping[str, Any]) -> Table:
    """The answer of the reporting database; `types` and `values` of the parameters, by name.

    Raises NotAllowed for what a question may not do, NotAnswered for all else.
    """
    if not is_on():
        raise NotAnswered(causes.OFF())
    tokens = checked(sql, postgresql=is_postgresql())
    for name in binding.names_in(tokens):
        if name not in types:
            raise NotAnswered(causes.UNKNOWN_PARAMETER(name=name))
    text = binding.for_postgresql(tokens, types) if is_postgresql() else binding.for_sqlite(tokens)
    used = {name: values.get(name) for name in binding.names_in(tokens)}
    table = Table()
    lines = _lines({"deed": "ask", "sql": text, "values": used})
    for line in lines:
        if isinstance(line, dict):
            _raise_unless_all(line)
        elif not table.columns:
            table.columns = [str(name) for name in line]
        else:
            table.rows.append([value_of(one) for one in line])
    return table


def probe() -> list[str]:
    """Views that are listed and missing; raises NotAnswered as a question would be."""
    if not is_on():
        raise NotAnswered(causes.OFF())
    for line in _lines({"deed": "probe"}):
        _raise_unless_all(line)
        return list(line["missing"])
    raise NotAnswered(causes.ENDED())


def _raise_unless_all(end: dict[str, Any]) -> None:
    words = str(end.get("words", ""))
    said: dict[str, Callable[[], Notice]] = {
        "away": lambda: causes.AWAY(),
        "mighty": lambda: causes.TOO_MIGHTY(powers=words),
        "refused": lambda: causes.REFUSED(words=words),
        "slow": lambda: causes.TOO_SLOW(seconds=settings.REPORTING_SECONDS),
        "rows": lambda: causes.TOO_MANY_ROWS(most=settings.REPORTING_MAX_ROWS),
        "bytes": lambda: causes.TOO_LARGE(megabytes=MOST_BYTES // 1024**2),
        "memory": lambda: causes.TOO_HEAVY(),
    }
    if end["end"] != "all":
        raise NotAnswered(said[end["end"]]())


def _order(deed: Mapping[str, Any]) -> dict[str, Any]:
    listed = views()
    url = str(settings.REPORTING_DATABASE_URL)
    return {
        **deed,
        "postgresql": is_postgresql(),
        "url": url,
        "path": unquote(urlsplit(url).path)[1:],
        "schema": SCHEMA,
        "views": [one.name for one in listed],
        "selects": {one.name: one.select for one in listed},
        "functions": sorted(SQLITE),
        "seconds": settings.REPORTING_SECONDS,
        "rows": settings.REPORTING_MAX_ROWS,
        "bytes": MOST_BYTES,
        "memory": settings.REPORTING_MEMORY_MB * 1024**2,
    }


def _lines(deed: Mapping[str, Any]) -> Iterator[Any]:
    """What the child says, line by line; raises NotAnswered where it ends without its last word."""
    order = json.dumps(_order(deed))
    with _child() as (child, killed):
        assert child.stdout is not None  # noqa: S101 - a pipe
        _told(child, order)
        for line in child.stdout:
            said = json.loads(line)
            yield said
            if isinstance(said, dict):
                return
    raise NotAnswered(
        causes.TOO_SLOW(seconds=settings.REPORTING_SECONDS) if killed.is_set() else causes.TOO_HEAVY()
    )


def _told(child: subprocess.Popen[str], order: str) -> None:
    assert child.stdin is not None  # noqa: S101 - a pipe
    try:
        child.stdin.write(order + "\n")
        child.stdin.flush()  # and stays open: the child ends when it is closed
    except BrokenPipeError as error:
        raise NotAnswered(causes.ENDED()) from error


@contextmanager
def _child() -> Iterator[tuple[subprocess.Popen[str], threading.Event]]:
    """The process, and whether its deadline killed it; it is gone when this is over."""
    killed = threading.Event()
    child = subprocess.Popen(
        [sys.executable, "-m", "backoffice.questions.asking.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=settings.BASE_DIR,
        env={
            name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LD_LIBRARY_PATH")
        },
        start_new_session=True,
    )

    def kill() -> None:
        killed.set()
        child.kill()

    more = MORE_SECONDS if is_postgresql() else 0
    timer = threading.Timer(settings.REPORTING_SECONDS + more, kill)
    timer.daemon = True
    timer.start()
    try:
        yield child, killed
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
