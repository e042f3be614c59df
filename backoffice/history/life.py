"""A job from its launch to its end: each step moves its time on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from backoffice.history.chances import uuid_of
from backoffice.history.mishaps import failure_of
from tasks_app.ledger import causes
from tasks_app.ledger.failure import Failure, because
from tasks_app.models import JobAttempt, State

WORKERS = ("worker1@office-1", "worker2@office-1", "worker1@office-2")
RUNNING = State.RUNNING.value
LEASE_AHEAD = timedelta(hours=1)  # of what runs at the end of the past: nobody takes it away at once

Outcome = JobAttempt.Outcome


class NotYet(Exception):
    """The next step of this life is after the end of the past."""


class Life:
    """One job; each step moves its time on, and raises NotYet where that is beyond the end of the past."""

    def __init__(self, chance: random.Random, row: dict[str, Any], until: datetime) -> None:
        self.chance, self.row, self.until = chance, row, until
        self.id: str = row["id"]
        self.now: datetime = row["created_at"]
        self.attempts: list[dict[str, Any]] = []
        self.why: dict[str, Any] = {}  # the columns that say why it did not go well
        self.arguments: Mapping[str, Any] = {}
        self.repeats: str | None = None  # the id of the job that this one is a re-run of, kept or not
        self.place: int | None = None  # of its row, which waits to be written
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
