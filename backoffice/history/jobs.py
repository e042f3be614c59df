"""A job from its launch to its end, as the rows that the engine would have left of it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery import states
from django.contrib.auth.models import User
from django_celery_results.models import TaskResult

from backoffice.history.chances import uuid_of
from backoffice.history.keeping import Kept
from backoffice.history.mishaps import failure_of
from backoffice.history.tables import Json, Table, plain
from tasks_app.ledger import causes
from tasks_app.ledger.failure import Failure, because
from tasks_app.ledger.message_codec import representations
from tasks_app.ledger.new_job import Cause, build_job
from tasks_app.models import Job, JobAttempt, Slot, State
from tasks_app.models.job import Origin

EMAIL = "tasks_app.tasks.envoi_email"
REPORT = "tasks_app.tasks.rapport_pdf"
CLEANUP = "tasks_app.tasks.cleanup_results"
EVENTS = "tasks_app.tasks.read_email_events"
PING = "projet.celery.debug_task"
WORKERS = ("worker1@office-1", "worker2@office-1", "worker1@office-2")
RUNNING = State.RUNNING.value
LEASE_AHEAD = timedelta(hours=1)  # of what runs at the end of the past: nobody takes it away at once
RESULT_OF: dict[str, str] = {
    State.SUCCEEDED: states.SUCCESS,
    State.FAILED: states.FAILURE,
    State.CANCELLED: states.REVOKED,
}
OK = Json('{"status": "ok"}')

Outcome = JobAttempt.Outcome


class NotYet(Exception):
    """The next step of this life is after the end of the past."""


@dataclass
class JobTables:
    jobs: Table = field(default_factory=lambda: Table(Job))
    attempts: Table = field(default_factory=lambda: Table(JobAttempt))
    results: Table = field(default_factory=lambda: Table(TaskResult))
    slots: Table = field(default_factory=lambda: Table(Slot))

    def all(self) -> list[Table]:
        return [self.jobs, self.attempts, self.results, self.slots]


@dataclass(frozen=True)
class Launched:
    """Why a job of this past exists."""

    at: datetime
    origin: Origin = Origin.CODE
    by: User | None = None
    rerun_of: str | None = None
    parent: str = ""


class Life:
    """One job; each step moves its time on, and raises NotYet where that is beyond the end of the past."""

    def __init__(self, chance: random.Random, row: dict[str, Any], until: datetime) -> None:
        self.chance, self.row, self.until = chance, row, until
        self.id: str = row["id"]
        self.now: datetime = row["created_at"]
        self.attempts: list[dict[str, Any]] = []
        self.why: dict[str, Any] = {}  # the columns that say why it did not go well
        self.arguments: Mapping[str, Any] = {}
        self.args_shown, self.kwargs_shown = '"[]"', '"{}"'  # as JSON has a text

    @property
    def state(self) -> str:
        return self.row["state"]  # type: ignore[no-any-return]  # of a row

    def claim(self, wait: float) -> None:
        """waiting → running, after so many seconds."""
        self.row["published_at"] = max(self.now, self.row["available_at"])
        self._pass(wait)
        row = self.row
        row["state"] = RUNNING
        row["worker"] = WORKERS[int(self.chance.random() * len(WORKERS))]
        row["started_at"] = self.now
        row["runs"] += 1

    def work(self, seconds: float) -> None:
        """What the body takes."""
        self._pass(seconds)

    def retry(self, provoke: Callable[[], object], delay: float) -> None:
        """running → waiting, for so many seconds."""
        self._failed_attempt(Outcome.RETRIED, failure_of(provoke))
        self._wait_again(retries=self.row["retries"] + 1)
        self.row["available_at"] = self.now + timedelta(seconds=delay)
        self._pass(delay)

    def lose(self, sentence: Failure) -> None:
        """running → waiting: its worker died."""
        self._failed_attempt(Outcome.LOST, sentence)
        self._wait_again(deaths=self.row["deaths"] + 1)
        self.row["available_at"] = self.now

    def succeed(self) -> None:
        self.row |= {"error_class": "", "error": ""}  # as the ledger does; its attempts keep theirs
        self._end(State.SUCCEEDED)

    def fail(self, provoke: Callable[[], object], outcome: Outcome = Outcome.FAILED) -> None:
        self._failed_attempt(outcome, failure_of(provoke))
        self._end(State.FAILED)

    def give_up(self, sentence: Failure) -> None:
        """Its worker died once more than is tried."""
        self.row["deaths"] += 1
        self._failed_attempt(Outcome.LOST, sentence)
        self._end(State.FAILED)

    def become_unknown(self, provoke: Callable[[], object]) -> None:
        self._failed_attempt(Outcome.FAILED, failure_of(provoke))
        self._end(State.UNKNOWN)

    def cancel(self) -> None:
        """In its run, at a person's request."""
        self.row["cancel_asked_at"] = self.now
        self.why = because(causes.STOPPED()).as_columns()
        self.row |= self.why
        self._end(State.CANCELLED)

    def _wait_again(self, **counts: int) -> None:
        self.row |= {"state": State.WAITING.value, "published_at": None} | counts

    def _end(self, state: State) -> None:
        self.row["state"] = state.value
        self.row["ended_at"] = self.now

    def hold(self) -> None:
        """What still runs at the end of the past has a token and a lease, as no other has."""
        if self.state == State.RUNNING:
            self.row |= {"token": uuid_of(self.chance), "lease_until": self.now + LEASE_AHEAD}

    def _pass(self, seconds: float) -> None:
        later = self.now + timedelta(seconds=seconds)
        if later > self.until:
            raise NotYet
        self.now = later

    def _failed_attempt(self, outcome: Outcome, failure: Failure) -> None:
        self.why = failure.as_columns()
        self.attempts.append(
            {
                "job_id": self.id,
                "number": self.row["runs"],
                "outcome": outcome.value,
                "worker": self.row["worker"],
                "started_at": self.row["started_at"],
                "ended_at": self.now,
                **failure.as_fields(),
            }
        )
        self.row |= self.why


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
            pattern = self._patterns[shape] = self._pattern(name, arguments, Cause(why.origin, why.by))
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
            "rerun_of_id": why.rerun_of,
            "available_at": why.at,
            "created_at": why.at,
        }
        life = Life(self.chance, row, self.until)
        life.arguments, life.kwargs_shown = arguments, shown
        return life

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
            self.tables.jobs.add_row(life.row.copy())
            for attempt in life.attempts:
                self.tables.attempts.add(**attempt)

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
