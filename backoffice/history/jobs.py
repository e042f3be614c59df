"""A job from its launch to its end, as the rows that the engine would have left of it."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery import states
from django.contrib.auth.models import User
from django_celery_results.models import TaskResult

from backoffice.history.mishaps import failure_of
from backoffice.history.tables import Json, Table
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
LEASE_AHEAD = timedelta(hours=1)  # of what runs at the end of the past: nobody takes it away at once
RESULT_OF = {State.SUCCEEDED: states.SUCCESS, State.FAILED: states.FAILURE, State.CANCELLED: states.REVOKED}

A_FAMILY = "@family"  # stands in the message of a pattern

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
    family: str | None = None  # of a re-run: the id of the first job
    parent: str = ""


class Life:
    """One job; each step moves its time on, and raises NotYet where that is beyond the end of the past."""

    def __init__(self, chance: random.Random, row: dict[str, Any], until: datetime) -> None:
        self.chance, self.row, self.until = chance, row, until
        self.now: datetime = row["created_at"]
        self.attempts: list[dict[str, Any]] = []
        self.written: list[Any] = []  # its row, until that is in the database
        self.why: dict[str, Any] = {}  # the columns that say why it did not go well
        self.arguments: Mapping[str, Any] = {}
        self.args_shown, self.kwargs_shown = "[]", "{}"

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def state(self) -> State:
        return State(self.row["state"])

    def claim(self, wait: float) -> None:
        """waiting → running, after so many seconds."""
        self.row["published_at"] = max(self.now, self.row["available_at"])
        self._pass(wait)
        self.row |= {
            "state": State.RUNNING,
            "worker": self.chance.choice(WORKERS),
            "started_at": self.now,
            "lease_until": self.now + LEASE_AHEAD,
            "token": str(uuid_of(self.chance)),
            "runs": self.row["runs"] + 1,
        }

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
        self.row |= {"state": State.WAITING, "token": "", "lease_until": None, "published_at": None} | counts

    def _end(self, state: State) -> None:
        self.row |= {"state": state, "ended_at": self.now, "token": "", "lease_until": None}

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
                "outcome": outcome,
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

    def __init__(self, chance: random.Random, until: datetime, tables: JobTables) -> None:
        self.chance, self.until, self.tables = chance, until, tables
        self._patterns: dict[Any, _Pattern] = {}

    def launch(self, name: str, arguments: Mapping[str, Any], why: Launched, about: str = "") -> Life:
        """A job as it is written at its launch."""
        shape = (name, tuple(arguments), why.origin, why.by and why.by.pk)
        pattern = self._patterns.get(shape)
        if pattern is None:
            cause = Cause(why.origin, why.by, family=A_FAMILY if why.family else None)
            pattern = self._patterns[shape] = self._pattern(name, arguments, cause)
        identity, root = str(uuid_of(self.chance)), why.parent
        shown = json.dumps(arguments)
        message = pattern.message.replace(pattern.id, identity).replace(pattern.shown, json.dumps(shown))
        message = message.replace(A_FAMILY, why.family or "")
        row = pattern.row | {
            "id": identity,
            "root_id": root or identity,
            "parent_id": root,
            "kwargs": Json(shown),
            "message": Json(message),
            "about": about or pattern.row["about"],
            "rerun_of_id": why.rerun_of,
            "family": why.family,
            "available_at": why.at,
            "created_at": why.at,
        }
        return self.life_of(row, arguments, "[]", shown)

    def _pattern(self, name: str, arguments: Mapping[str, Any], cause: Cause) -> _Pattern:
        job = build_job(name, kwargs=arguments, cause=cause)
        _args_shown, kwargs_shown = representations(name, (), arguments)
        return _Pattern(job.id, json.dumps(kwargs_shown), json.dumps(job.message), self.row_of(job))

    def life_of(self, row: dict[str, Any], arguments: Mapping[str, Any], args_shown: str, shown: str) -> Life:
        life = Life(self.chance, row, self.until)
        life.arguments, life.args_shown, life.kwargs_shown = arguments, args_shown, shown
        return life

    def row_of(self, job: Job) -> dict[str, Any]:
        """The columns of an unsaved job."""
        return {field.attname: getattr(job, field.attname) for field in self.tables.jobs.fields}

    def write_down(self, life: Life, result: Mapping[str, Any] | None = None) -> None:
        row = life.row
        life.written = self.tables.jobs.add(**row)
        for attempt in life.attempts:
            self.tables.attempts.add(**attempt)
        if life.state in RESULT_OF:
            self._write_result(life, result or {"status": "ok"})

    def tell_family(self, earlier: list[Life], last: Life) -> None:
        """What the re-run tells of those that it repeats, as the ledger does."""
        told = {
            "rerun_id": last.id,
            "rerun_state": last.state,
            "rerun_launched_at": last.row["created_at"],
            "repaired_at": last.row["ended_at"] if last.state == State.SUCCEEDED else None,
        }
        for one in earlier:
            self.tables.jobs.change(one.written, **told)

    def _write_result(self, life: Life, result: Mapping[str, Any]) -> None:
        row = life.row
        if life.state == State.SUCCEEDED:
            content: Any = result
        else:
            kind = row["error_class"] or "TaskRevokedError"
            content = {"exc_type": kind, "exc_message": [row["error"]], "exc_module": "builtins"}
        self.tables.results.add(
            task_id=row["id"],
            task_name=row["name"],
            task_args=json.dumps(life.args_shown),
            task_kwargs=json.dumps(life.kwargs_shown),
            status=RESULT_OF[life.state],
            worker=row["worker"] or None,
            content_type="application/json",
            content_encoding="utf-8",
            result=json.dumps(content),
            traceback=life.attempts[-1]["traceback"]
            if life.attempts and life.state == State.FAILED
            else None,
            meta='{"children": []}',
            date_created=row["ended_at"],
            date_started=row["started_at"],
            date_done=row["ended_at"],
        )


def uuid_of(chance: random.Random) -> uuid.UUID:
    """A random UUID that the seed decides."""
    return uuid.UUID(int=chance.getrandbits(128), version=4)
