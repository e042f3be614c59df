"""A run's log lines as a row: with its end, every two seconds before, and where it leaves without an end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection

from tasks_app.db import shared_time
from tasks_app.db.prepared import Statement, execute, typed
from tasks_app.db.text import storable_text
from tasks_app.ledger.run import Run
from tasks_app.logs.lines import MOST_BYTES, Line, encoded
from tasks_app.logs.masking import masked
from tasks_app.models import Job, LogChunk

_JOB = Job._meta.db_table
_CHUNK = LogChunk._meta.db_table
_FIELDS = {field.column: field for field in LogChunk._meta.concrete_fields}
# Of all runs of a job together, beside what its first may write: those of a job that is tried for days are
# counted then, and not kept.
MOST_OF_JOB = 4 * MOST_BYTES

# The row's own count of runs is the number of the attempt. A first run does not ask what earlier ones kept.
_INSERT = f"""
INSERT INTO {_CHUNK} (job_id, run, at, lines, count, size, left_out)
SELECT of.id, of.runs, {{at}}, CASE WHEN of.is_full THEN '[]' ELSE {{lines}} END,
    CASE WHEN of.is_full THEN 0 ELSE {{count}} END, CASE WHEN of.is_full THEN 0 ELSE {{size}} END,
    CASE WHEN of.is_full THEN {{left_out}} + {{count}} ELSE {{left_out}} END
FROM (
    SELECT id, runs, runs > 1 AND (
        SELECT COALESCE(SUM(size), 0) FROM {_CHUNK} WHERE job_id = %(log_job)s
    ) >= {MOST_OF_JOB} AS is_full
    FROM {_JOB} WHERE id = %(log_job)s
) AS of
"""  # noqa: S608 - table names are the models' own


@contextmanager
def being_written(run: Run | None) -> Iterator[Statement | None]:
    """The statement that writes what waits; within, whoever executes it. What fails leaves the lines waiting.

    Nobody else writes lines of this run meanwhile. It is asked for before a transaction is begun: else, on
    SQLite, each of two could have what the other waits for.
    """
    if run is None or not run.log.waits:
        yield None
        return
    with run.log.writing:
        lines, left_out = list(run.log.lines), run.log.left_out
        if not lines and not left_out:  # the thread was quicker
            yield None
            return
        yield _statement(run, lines, left_out)
        for _line in lines:
            run.log.lines.popleft()
        run.log.left_out -= left_out


def write(run: Run) -> None:
    """By itself."""
    with being_written(run) as statement:
        if statement is not None:
            execute(*statement)


def _statement(run: Run, lines: list[Line], left_out: int) -> Statement:
    kept = _clean(lines, run.secrets)
    now = shared_time.now()
    values: dict[str, Any] = {
        "log_job": run.job_id,
        "log_at": connection.ops.adapt_datetimefield_value(now) if connection.vendor == "sqlite" else now,
        "log_lines": encoded(kept),
        "log_count": len(kept),
        "log_size": len("".join(line.text for line in kept).encode()),
        "log_left_out": left_out,
    }
    return Statement(_insertion(connection.vendor), values)


@cache
def _insertion(vendor: str) -> str:
    """The text, whose placeholders show their types as that database needs it."""
    named = ("at", "lines", "count", "size", "left_out")
    return _INSERT.format(**{name: typed(_FIELDS[name], f"log_{name}") for name in named})


def _clean(lines: list[Line], secrets: tuple[str, ...]) -> list[Line]:
    """As the database takes them, without what the body learnt to be secret since."""
    whole = "".join(f"{line.logger}{line.text}" for line in lines)
    if not secrets and storable_text(whole) is whole and all(line.params is None for line in lines):
        return lines  # nearly always: looked at once, not line by line
    return [_cleaned(line, secrets) for line in lines]


def _cleaned(line: Line, secrets: tuple[str, ...]) -> Line:
    text, params = storable_text(masked(line.text, secrets)), line.params
    if params is not None and secrets:
        params = masked(params, secrets)
    if params is not None:
        params = json.loads(storable_text(json.dumps(params, ensure_ascii=False)))
    return line._replace(text=text, logger=storable_text(line.logger), params=params)
