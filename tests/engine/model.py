"""What a job should be, as a state machine's steps leave it; the database is held against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.conf import settings

from tasks_app.clock.recovery import PUBLISHER_HEADSTART
from tasks_app.ledger.lost_run import DEATH_PAUSE
from tasks_app.models import State


class Now:
    """What the time is: it stands still but for the machine's own steps."""

    moment = datetime(2026, 6, 1, 8, tzinfo=UTC)


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Model:
    """The job as it should be."""

    when_lost: str
    effect: bool  # its end writes a row, and a job follows; else nothing commits with its end
    due: datetime
    state: str = State.WAITING
    holder: str = ""  # token
    lease_until: datetime = NEVER
    paused: bool = False
    asked: bool = False
    runs: int = 0
    retries: int = 0
    deaths: int = 0
    attempts: list[tuple[int, str]] = field(default_factory=list)
    result: str | None = None  # the status of its TaskResult
    effects: list[str] = field(default_factory=list)  # tokens
    links: int = 0  # what follows a success
    follow_ups: int = 0

    def wait(self, due: datetime) -> None:
        self.state, self.due, self.holder = State.WAITING, due, ""

    def end(self, state: str, result: str | None) -> None:
        self.state, self.holder, self.result = state, "", result or self.result

    def attempt(self, outcome: str) -> None:
        self.attempts.append((self.runs, outcome))

    @property
    def may_start(self) -> bool:
        return self.state == State.WAITING and not self.paused and self.due <= Now.moment

    def make_way(self) -> None:
        """Another run has it, but for a job that was asked to stop."""
        if self.asked:
            self.end(State.CANCELLED, "REVOKED")
        else:
            self.wait(Now.moment)

    def hand_back(self) -> None:
        """As its worker leaves: the run is cut off."""
        if self.when_lost != "AGAIN":
            self.lose()
        else:
            self.make_way()

    def lose(self, *, lease_ran_out: bool = False) -> None:
        self.deaths += 1
        self.attempt("lost")
        if self.when_lost == "FAIL" or (self.when_lost == "AGAIN" and self.deaths >= settings.JOB_MAX_DEATHS):
            self.end(State.FAILED, "FAILURE")
        elif self.when_lost == "ASK":
            self.end(State.UNKNOWN, "FAILURE")
        elif self.asked:
            self.end(State.CANCELLED, "REVOKED")
        else:
            self.wait(Now.moment + (-PUBLISHER_HEADSTART if lease_ran_out else DEATH_PAUSE * self.deaths))
            self.result = "RETRY"
