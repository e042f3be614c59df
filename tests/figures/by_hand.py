"""All rows, counted in plain Python: nothing here asks the product's own queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.contrib.auth.models import User
from django_celery_beat.models import PeriodicTask

from backoffice.models import LastLook, Message, Report
from tasks_app.models import (
    FailureGroup,
    Job,
    MessageTally,
    Node,
    PromiseDay,
    QueueState,
    ScheduleOptions,
    ScheduleOwner,
)
from tests.figures.past import DAY, HERE, HOUR, MINUTE, SECOND

type Row = dict[str, Any]
type Cause = tuple[str, str, str]
type Is = Callable[[Row], bool]

FINAL = {"succeeded", "failed", "cancelled"}
UNFINISHED = {"waiting", "running", "unknown"}


@dataclass(frozen=True)
class Rows:
    now: datetime
    jobs: list[Row]
    messages: list[Row]
    reports: list[Row]
    queues: list[Row]
    nodes: list[Row]
    schedules: list[Row]
    options: list[Row]
    looks: dict[int, datetime]
    left_no_job: list[Row]
    decisions: list[Row]  # about causes of failures: of a cause that has no row nobody decided anything
    promise_days: list[Row]
    owners: list[Row]  # of schedules: one that has no row is of nobody
    active: set[int]  # users

    @classmethod
    def read(cls, now: datetime) -> Rows:
        def all_of(model: Any) -> list[Row]:
            return list(model._base_manager.values())

        return cls(
            now,
            all_of(Job),
            all_of(Message),
            all_of(Report),
            all_of(QueueState),
            all_of(Node),
            all_of(PeriodicTask),
            all_of(ScheduleOptions),
            {look["user_id"]: look["failures_until"] for look in all_of(LastLook)},
            all_of(MessageTally),
            all_of(FailureGroup),
            all_of(PromiseDay),
            all_of(ScheduleOwner),
            {user["id"] for user in all_of(User) if user["is_active"]},
        )

    # --- jobs

    def in_state(self, *states: str) -> list[Row]:
        return [job for job in self.jobs if job["state"] in states]

    def ended(self, state: str, begin: datetime, end: datetime | None = None) -> int:
        """How many came to this end from one moment to just before another."""
        return sum(
            begin <= job["ended_at"] and (end is None or job["ended_at"] < end)
            for job in self.in_state(state)
            if job["ended_at"]
        )

    def is_due(self, job: Row) -> bool:
        due: datetime | None = job["available_at"]
        return job["published_at"] is not None or (due is not None and due <= self.now)

    @property
    def paused(self) -> set[str]:
        return {row["name"] for row in self.queues if row["paused"]}

    @property
    def queue_names(self) -> set[str]:
        """Those that kinds of jobs go to, that were ever paused, that work is in, or that are read."""
        busy = {job["queue"] for job in self.in_state("waiting", "running")}
        read = {queue for node in self.workers for queue in node["details"].get("queues", [])}
        return {"high", "default", "low"} | {row["name"] for row in self.queues} | busy | read

    def workers_of(self, queue: str) -> list[Row]:
        return [node for node in self.workers if queue in node["details"].get("queues", [])]

    @property
    def unpublished(self) -> list[Row]:
        return [
            job
            for job in self.in_state("waiting")
            if job["published_at"] is None
            and job["available_at"] is not None
            and job["available_at"] < self.now - 2 * MINUTE
            and job["queue"] not in self.paused
        ]

    @property
    def stuck(self) -> list[Row]:
        running = [job for job in self.in_state("running") if job["lease_until"]]
        lost = [job for job in running if job["lease_until"] < self.now - 2 * MINUTE]
        replaced = [
            job
            for job in self.in_state("waiting")
            if job["published_at"] is None and job["available_at"] is None
        ]
        return lost + [job for job in replaced if job["created_at"] < self.now - DAY]

    def failed_unseen(self, user_id: int) -> int:
        since = self.looks.get(user_id, self.now - DAY)
        lately = [job for job in self.need_somebody if job["ended_at"] >= since]
        return len([job for job in lately if cause_of(job) not in self.ignored])

    @property
    def ignored(self) -> set[Cause]:
        return {cause_of_row(row) for row in self.decisions if row["status"] == "ignored"}

    @property
    def causes_to_look_at(self) -> set[Cause]:
        """Those of failed jobs, repaired or not, of which nobody said anything that still holds."""
        settled = {
            cause_of_row(row)
            for row in self.decisions
            if row["status"] in ("repaired", "ignored")
            or (row["status"] == "known" and (row["until"] is None or row["until"] > self.now))
        }
        return {cause_of(job) for job in self.in_state("failed")} - settled

    @property
    def need_somebody(self) -> list[Row]:
        """Of those that failed: no later run of the same work succeeded."""
        return [job for job in self.in_state("failed") if job["repaired_at"] is None]

    @property
    def repaired(self) -> list[Row]:
        return [job for job in self.in_state("failed") if job["repaired_at"] is not None]

    def launched(self, first: date, last: date) -> list[Row]:
        return within(self.jobs, first, last)

    # --- what else there is

    @property
    def left_no_job_lately(self) -> list[Row]:
        """In this hour and the one before."""
        this_hour = self.now.replace(minute=0, second=0, microsecond=0)
        return [row for row in self.left_no_job if row["hour"] >= this_hour - HOUR]

    @property
    def alive(self) -> list[Row]:
        near = 30 * SECOND
        return [
            node for node in self.nodes if not node["stopped_at"] and abs(self.now - node["beat_at"]) <= near
        ]

    @property
    def workers(self) -> list[Row]:
        return [node for node in self.alive if node["kind"] == "worker"]

    @property
    def silent(self) -> list[Row]:
        """Those that fell silent in the last hour."""
        gone = [node for node in self.nodes if not node["stopped_at"]]
        return [node for node in gone if 30 * SECOND < self.now - node["beat_at"] <= 60 * MINUTE]

    @property
    def planned(self) -> list[Row]:
        """Options of schedules that are switched on."""
        on = {row["id"] for row in self.schedules if row["enabled"]}
        return [row for row in self.options if row["schedule_id"] in on]

    @property
    def with_next_run(self) -> list[Row]:
        return sorted((row for row in self.planned if row["next_slot"]), key=lambda row: row["next_slot"])

    @property
    def invalid(self) -> list[Row]:
        return [row for row in self.planned if row["invalid"]]

    @property
    def late(self) -> list[Row]:
        return [row for row in self.with_next_run if row["next_slot"] < self.now - 2 * MINUTE]

    @property
    def left_behind(self) -> list[Row]:
        """Those that belong to somebody who left."""
        left = {
            row["schedule_id"]
            for row in self.owners
            if not row["is_system"] and row["owner_id"] not in self.active
        }
        return [row for row in self.planned if row["schedule_id"] in left]


def cause_of(job: Row) -> Cause:
    """Its kind and its cause; jobs that kept none are told apart by the class of their error."""
    return job["name"], job["cause"] or "", "" if job["cause"] else job["error_class"]


def cause_of_row(row: Row) -> Cause:
    return row["kind"], row["cause"], row["error_class"]


def within(rows: Iterable[Row], first: date, last: date) -> list[Row]:
    """By the local day on which they were made, both included."""
    return [row for row in rows if first <= day_of(row["created_at"]) <= last]


def day_of(moment: datetime) -> date:
    return moment.astimezone(HERE).date()


def states_of(rows: Iterable[Row]) -> Counter[str]:
    return Counter(row["state"] for row in rows)


def by[K](rows: Iterable[Row], key: Callable[[Row], K]) -> dict[K, list[Row]]:
    groups: dict[K, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def durations(jobs: Iterable[Row]) -> tuple[timedelta, timedelta] | None:
    """Median and 95th percentile by nearest rank, of those that succeeded."""
    took = sorted(
        job["ended_at"] - job["started_at"]
        for job in jobs
        if job["state"] == "succeeded" and job["started_at"] and job["ended_at"]
    )
    return (took[ceil(len(took) * 0.5) - 1], took[ceil(len(took) * 0.95) - 1]) if took else None


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
