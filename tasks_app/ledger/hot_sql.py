"""The statements that every job costs, written out.

A job that does nothing is one insertion, one mark, one claim, one end. Compiling such a statement by the ORM
takes longer than the database takes to carry it out, so these are text; the rarer transitions are the ORM's,
in transitions.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django_celery_results.models import TaskResult

from tasks_app.db.prepared import Condition, Guarded, Statement, execute, execute_each, typed
from tasks_app.models import Job, QueueState

_JOB = Job._meta.db_table
_QUEUE = QueueState._meta.db_table
_RESULT = TaskResult._meta.db_table
_JOB_COLUMNS = {str(field.column): field.attname for field in Job._meta.concrete_fields}
_RESULT_FIELDS = {field.column: field for field in TaskResult._meta.concrete_fields if not field.primary_key}
_RESULT_COLUMNS = list(_RESULT_FIELDS)
# An upsert of a result writes over all but these: `date_created` stays that of the first row.
RESULT_UPDATES = [column for column in _RESULT_COLUMNS if column not in ("task_id", "date_created")]

# The rows come as one JSON text: the driver has one value to quote, however many rows and columns there are.
_INSERT = f"""
INSERT INTO {_JOB} ({", ".join(_JOB_COLUMNS)})
SELECT {", ".join(_JOB_COLUMNS)} FROM json_populate_recordset(NULL::{_JOB}, %(rows)s)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - table names are the models' own


class Edition(NamedTuple):
    """Which of a job's messages it is. Each retry and each replacement makes a new one under the same id;
    Celery counts them in its headers, and never comes back to the same two counts."""

    retries: int
    replacements: int


FIRST = Edition(0, 0)

# As `models.queue.holds`. Every statement that has it has `now` among its values.
_PAUSED = f"SELECT name FROM {_QUEUE} WHERE paused AND (paused_until IS NULL OR paused_until > %(now)s)"  # noqa: S608

_CLAIM = f"""
UPDATE {_JOB} SET state = 'running', token = %(token)s, lease_until = %(lease_until)s, worker = %(worker)s,
    started_at = %(now)s, ended_at = NULL, progress = NULL, progress_note = '', runs = runs + 1,
    published_at = COALESCE(published_at, %(now)s)
WHERE id = %(id)s AND state = 'waiting' AND available_at <= %(now)s AND cancel_asked_at IS NULL
    AND queue NOT IN ({_PAUSED})
    AND COALESCE({{retries}}, '0') = %(retries)s AND COALESCE({{replacements}}, '0') = %(replacements)s
"""  # noqa: S608

_END = f"""
UPDATE {_JOB} SET state = 'succeeded', ended_at = %(now)s, error_class = '', error = '', progress = NULL,
    token = '', lease_until = NULL
WHERE id = %(id)s AND state = 'running' AND token = %(token)s
"""  # noqa: S608

# That the job did end: for what commits with it in one statement. PostgreSQL only.
_ENDED = Condition("EXISTS (SELECT FROM ended)", {})

# An end with its result. PostgreSQL only.
_WRITE_RESULT = f"""
INSERT INTO {_RESULT} ({", ".join(_RESULT_COLUMNS)})
SELECT {{values}} FROM ended
ON CONFLICT (task_id) DO UPDATE SET {", ".join(f"{column} = EXCLUDED.{column}" for column in RESULT_UPDATES)}
"""  # noqa: S608

_HELD = f"""EXISTS (
    SELECT 1 FROM {_JOB} WHERE id = %(held_job)s AND state = 'running' AND token = %(held_token)s
)"""  # noqa: S608

_MARK = f"""
UPDATE {_JOB} SET published_at = %(now)s
WHERE id {{ids}} AND state = 'waiting' AND published_at IS NULL AND available_at <= %(now)s
    AND queue NOT IN ({_PAUSED})
"""  # noqa: S608


def insert(job: Job) -> int:
    """How many rows were written; an id or launch key that exists is left as it is. PostgreSQL only."""
    return execute(_INSERT, _rows([job]))


def insert_many(batches: Iterable[Sequence[Job]]) -> int:
    """As `insert`, one statement a batch. The next batch is made while PostgreSQL writes one, and asks it for
    nothing."""
    return execute_each(_INSERT, map(_rows, batches))


def _rows(jobs: Iterable[Job]) -> dict[str, str]:
    rows = [
        {column: value for column, name in _JOB_COLUMNS.items() if (value := getattr(job, name)) is not None}
        for job in jobs
    ]
    return {"rows": json.dumps(rows, default=_text_of_moment)}


def claim(
    job_id: str, token: str, worker: str, edition: Edition, now: datetime, lease_until: datetime
) -> bool:
    """See transitions.claim."""
    sql = _CLAIM.format(retries=_header("retries"), replacements=_header("replaced_task_nesting"))
    return bool(
        execute(
            _may_lag(sql),
            {
                "id": job_id,
                "token": token,
                "worker": worker,
                "retries": str(edition.retries),
                "replacements": str(edition.replacements),
                "now": _moment(now),
                "lease_until": _moment(lease_until),
            },
        )
    )


def _header(name: str) -> str:
    """A header of the row's message, as text."""
    if speaks_postgresql():
        return f"message #>> '{{headers,{name}}}'"
    return f"CAST(JSON_EXTRACT(message, '$.headers.{name}') AS TEXT)"


class FinalUpdate(Guarded):
    """One UPDATE that commits with a job's end."""

    def __call__(self) -> int:
        """By itself, where the end is a transaction of several statements; rows that it changed."""
        return self.execute()


def end_at_once(
    job_id: str,
    token: str,
    now: datetime,
    result: TaskResult | None,
    updates: Sequence[FinalUpdate] = (),
    log: Statement | None = None,
) -> bool:
    """running → succeeded, its TaskResult (None: not wanted) and final updates, in one statement.

    `log` writes its log lines, whatever becomes of the end: they are true. It is its own transaction.
    PostgreSQL only.
    """
    values: dict[str, Any] = {"id": job_id, "token": token, "now": now}
    parts = [f"ended AS ({_END} RETURNING id)"]
    for at, update in enumerate(updates):
        part, its_values = update.where(_ENDED, prefix=f"update{at}_")
        parts.append(f"update{at} AS ({part})")
        values |= its_values
    if log is not None:
        parts.append(f"log AS ({log.sql})")
        values |= log.values
    last = "SELECT id FROM ended"
    if result is not None:
        last = _write_result()
        values |= {column: getattr(result, column) for column in _RESULT_COLUMNS}
    return bool(execute(f"WITH {', '.join(parts)} {last}", values))


def held(job_id: str, token: str) -> Condition:
    """This run has the job, as `transitions.holds` asks it."""
    return Condition(_HELD, {"held_job": job_id, "held_token": token})


def speaks_postgresql() -> bool:
    """Whether the database takes rows as JSON, and can change two tables in one statement."""
    return connection.vendor == "postgresql"


def mark_published(ids: Sequence[str], now: datetime) -> None:
    """See publishing.mark_published."""
    if not speaks_postgresql():
        names = {f"id{at}": job_id for at, job_id in enumerate(ids)}
        chosen = ", ".join(f"%({name})s" for name in names)
        execute(_MARK.format(ids=f"IN ({chosen})"), {"now": _moment(now), **names})
    elif len(ids) == 1:
        execute(_may_lag(_MARK.format(ids="= %(id)s")), {"now": now, "id": ids[0]})
    else:
        # Never by a kept plan: one for whatever ids compares each of them with all rows that wait.
        with connection.cursor() as cursor:
            cursor.execute(_may_lag(_MARK.format(ids="= ANY(%(ids)s)")), {"now": now, "ids": list(ids)})


def _may_lag(update: str) -> str:
    """The update, whose commit need not wait for PostgreSQL's disk where it is a transaction of its own.

    What commits later flushes it along, and a crash of the server that loses it alone costs no more than a
    repetition which the guards refuse: a claim (an end finds no token then, and nothing was told outside
    before a later commit), a publication's mark (the second message of a job is dropped).
    """
    if not speaks_postgresql() or connection.in_atomic_block:
        return update
    # As a sub-select it is asked once, not for each row.
    return f"{update} AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'"


@cache
def _write_result() -> str:
    return _WRITE_RESULT.format(values=", ".join(typed(field) for field in _RESULT_FIELDS.values()))


def _moment(moment: datetime) -> Any:
    """As the database's driver takes it: SQLite knows no moments but text."""
    return connection.ops.adapt_datetimefield_value(moment)


def _text_of_moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
