"""Jobs as the rows that the engine would have left of them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import states
from django.contrib.auth.models import User
from django_celery_results.models import TaskResult

from backoffice.history.chances import uuid_of
from backoffice.history.keeping import Kept
from backoffice.history.life import Life
from backoffice.history.log_lines import chunks_of
from backoffice.history.tables import Json, Table, plain
from tasks_app.ledger.message_codec import representations
from tasks_app.ledger.new_job import Cause, build_job
from tasks_app.models import Job, JobAttempt, LogChunk, Slot, State
from tasks_app.models.job import Origin

EMAIL = "tasks_app.tasks.envoi_email"
REPORT = "tasks_app.tasks.rapport_pdf"
CLEANUP = "tasks_app.tasks.cleanup_results"
EVENTS = "tasks_app.tasks.read_email_events"
PING = "projet.celery.debug_task"
RESULT_OF: dict[str, str] = {
    State.SUCCEEDED: states.SUCCESS,
    State.FAILED: states.FAILURE,
    State.CANCELLED: states.REVOKED,
}
A_FAMILY = "@family"  # stands in the message of a pattern
OK = Json('{"status": "ok"}')


@dataclass
class JobTables:
    jobs: Table = field(default_factory=lambda: Table(Job))
    attempts: Table = field(default_factory=lambda: Table(JobAttempt))
    results: Table = field(default_factory=lambda: Table(TaskResult))
    slots: Table = field(default_factory=lambda: Table(Slot))
    log: Table = field(default_factory=lambda: Table(LogChunk))

    def all(self) -> list[Table]:
        return [self.jobs, self.attempts, self.results, self.slots, self.log]


@dataclass(frozen=True)
class Launched:
    """Why a job of this past exists."""

    at: datetime
    origin: Origin = Origin.CODE
    by: User | None = None
    rerun_of: Life | None = None
    parent: str = ""

    @property
    def family(self) -> str | None:
        """Of a re-run: the id of the first job."""
        earlier = self.rerun_of
        return None if earlier is None else earlier.row["family"] or earlier.id


@dataclass(frozen=True)
class _Pattern:
    """One launch as the engine builds it; others like it differ by their id and arguments."""

    id: str
    shown: str  # its arguments, as they stand in its message
    message: str
    row: dict[str, Any]


class Registry:
    """Makes lives and writes them down."""

    def __init__(self, chance: random.Random, until: datetime, kept: Kept, tables: JobTables) -> None:
        self.chance, self.until, self.kept, self.tables = chance, until, kept, tables
        self._patterns: dict[Any, _Pattern] = {}

    def launch(self, name: str, arguments: Mapping[str, Any], why: Launched, about: str = "") -> Life:
        """A job as it is written at its launch."""
        shape = (name, tuple(arguments), why.origin, why.by and why.by.pk)
        pattern = self._patterns.get(shape)
        if pattern is None:
            cause = Cause(why.origin, why.by, family=A_FAMILY if why.rerun_of else None)
            pattern = self._patterns[shape] = self._pattern(name, arguments, cause)
        identity, root = uuid_of(self.chance), why.parent
        kwargs = json.dumps(arguments)
        shown = json.dumps(kwargs)
        row = pattern.row | {
            "id": identity,
            "root_id": root or identity,
            "parent_id": root,
            "kwargs": Json(kwargs),
            "message": Json(pattern.message.replace(pattern.id, identity).replace(pattern.shown, shown)),
            "about": about or pattern.row["about"],
            "available_at": why.at,
            "created_at": why.at,
        }
        life = Life(self.chance, row, self.until)
        life.arguments, life.kwargs_shown = arguments, shown
        if why.rerun_of is not None:
            self._repeat(life, why.rerun_of, str(why.family))
        return life

    def _repeat(self, life: Life, earlier: Life, family: str) -> None:
        """A re-run: what it says of its family outlives the jobs of it, and a link to one does not."""
        life.repeats = earlier.id
        life.row |= {
            "rerun_of_id": earlier.id if self.has(earlier) else None,
            "family": family,
            "message": Json(life.row["message"].replace(A_FAMILY, family)),
        }

    def _pattern(self, name: str, arguments: Mapping[str, Any], cause: Cause) -> _Pattern:
        job = build_job(name, kwargs=arguments, cause=cause)
        _args_shown, kwargs_shown = representations(name, (), arguments)
        return _Pattern(job.id, json.dumps(kwargs_shown), json.dumps(job.message), self.row_of(job))

    def life_of(self, row: dict[str, Any], arguments: Mapping[str, Any], args_shown: str, shown: str) -> Life:
        life = Life(self.chance, row, self.until)
        life.arguments, life.args_shown, life.kwargs_shown = (
            arguments,
            json.dumps(args_shown),
            json.dumps(shown),
        )
        return life

    def row_of(self, job: Job) -> dict[str, Any]:
        """The columns of an unsaved job."""
        return {field.attname: _ready(getattr(job, field.attname)) for field in self.tables.jobs.fields}

    def has(self, life: Life) -> bool:
        """Whether its row is still there at the end of the past."""
        ended = life.row["ended_at"]
        return ended is None or ended >= self.kept.jobs

    def write_down(self, life: Life, result: Json = OK) -> None:
        self.write_job(life)
        self.write_result(life, result)

    def write_job(self, life: Life) -> None:
        life.hold()
        if self.has(life):
            life.place = self.tables.jobs.add_row(life.row)
            for attempt in life.attempts:
                self.tables.attempts.add(**attempt)
            for chunk in chunks_of(life):
                if chunk["at"] >= self.kept.log_lines:
                    self.tables.log.add(**chunk)

    def tell_family(self, earlier: Sequence[Life], last: Life) -> None:
        """What a re-run tells of those that it repeats, as the ledger does; their rows still wait."""
        told = {
            "rerun_id": last.id,
            "rerun_state": last.state,
            "rerun_launched_at": last.row["created_at"],
            "repaired_at": last.row["ended_at"] if last.state == State.SUCCEEDED else None,
        }
        for one in earlier:
            one.row |= told
            if one.place is not None:
                self.tables.jobs.replace(one.place, one.row)

    def write_result(self, life: Life, result: Json = OK) -> None:
        row = life.row
        if life.state not in RESULT_OF or row["ended_at"] < self.kept.results:
            return
        if life.state != State.SUCCEEDED:
            kind = row["error_class"] or "TaskRevokedError"
            content = {"exc_type": kind, "exc_message": [row["error"]], "exc_module": "builtins"}
            result = Json(json.dumps(content))
        self.tables.results.add(
            task_id=row["id"],
            task_name=row["name"],
            task_args=life.args_shown,
            task_kwargs=life.kwargs_shown,
            status=RESULT_OF[life.state],
            worker=row["worker"] or None,
            content_type="application/json",
            content_encoding="utf-8",
            result=result,
            traceback=life.attempts[-1]["traceback"]
            if life.attempts and life.state == State.FAILED
            else None,
            meta='{"children": []}',
            date_created=row["ended_at"],
            date_started=row["started_at"],
            date_done=row["ended_at"],
        )


def _ready(value: Any) -> Any:
    """A column's value as a pattern repeats it."""
    return Json(json.dumps(value)) if isinstance(value, list | dict) else plain(value)
