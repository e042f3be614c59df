"""Everything at once: threads with connections of their own act on the same jobs, and the records must agree.

Each thread takes its steps from a seed; which of them wins each race is left to the machine and the
database. `MORE_EXAMPLES=100` tries as many other seeds.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from billiard.exceptions import TimeLimitExceeded
from celery import current_app
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone
from django_celery_results.models import TaskResult

from tasks_app import control
from tasks_app.clock import recovery
from tasks_app.ledger import transitions
from tasks_app.ledger.lost_run import lose
from tasks_app.models import FINAL, Job, JobAttempt, State
from tasks_app.worker.result_writer import tell_that_lost
from tests.cancelling import cancel
from tests.engine import jobs
from tests.engine.deliveries import NAME, Delivery, declared
from tests.servers import RedisServer

SEEDS = range(int(os.environ.get("MORE_EXAMPLES", "3")))
JOBS, THREADS, STEPS = 3, 4, 12
LEASE = timedelta(minutes=40)
ORDERS = ["succeed", "succeed", "fail", "not know", "hit the soft limit", "retry", "retry", "go on", "die"]
# What django-celery-results says of a job in each state; a waiting one may have been tried before.
STATUSES = {
    State.SUCCEEDED: {"SUCCESS"},
    State.FAILED: {"FAILURE"},
    State.CANCELLED: {"REVOKED"},
    State.UNKNOWN: {"FAILURE"},
    State.WAITING: {"RETRY", None},
    State.RUNNING: {"RETRY", None},
}


@dataclass
class Records:
    """Who was told that they had won, by job."""

    claims: dict[str, list[Delivery]] = field(default_factory=lambda: defaultdict(list))
    told: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    errors: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, job_id: str, what: str, happened: bool = True) -> None:
        with self.lock:
            self.told[job_id][what] += happened

    def claimed(self, delivery: Delivery) -> None:
        with self.lock:
            self.claims[delivery.job_id].append(delivery)

    def somebodys(self, job_id: str, dice: random.Random) -> Delivery | None:
        with self.lock:
            return dice.choice(self.claims[job_id]) if self.claims[job_id] else None


class Actor:
    """One thread's steps."""

    def __init__(self, records: Records, ids: list[str], person: User, queue: str, seed: str) -> None:
        self.records, self.ids, self.person, self.queue = records, ids, person, queue
        self.dice = random.Random(seed)
        self.verbs = [
            *(self.deliver, self.deliver, self.deliver, self.deliver_and_leave, self.miss, self.leave),
            *(self.limit, self.expire, self.look, self.look, self.pause, self.settle, self.cancel),
        ]

    def act(self) -> None:
        for _ in range(STEPS):
            self.dice.choice(self.verbs)(self.dice.choice(self.ids))

    def deliver(self, job_id: str) -> None:
        delivery = self.deliver_and_leave(job_id)
        while delivery.alive:
            time.sleep(self.dice.random() / 50)
            delivery.obey(self.dice.choice(ORDERS), timezone.now())

    def deliver_and_leave(self, job_id: str) -> Delivery:
        delivery = Delivery(Job.objects.get(id=job_id))
        if delivery.claimed:
            self.records.claimed(delivery)
        return delivery

    def miss(self, job_id: str) -> None:
        delivery = self.records.somebodys(job_id, self.dice)
        if delivery and lose(job_id, delivery.token, "It is gone.", tell_that_lost):
            self.make_due(job_id)

    def leave(self, job_id: str) -> None:
        delivery = self.records.somebodys(job_id, self.dice)
        if delivery:
            self.records.tell(job_id, "released", transitions.release(job_id, delivery.token))

    def limit(self, job_id: str) -> None:
        delivery = self.records.somebodys(job_id, self.dice)
        if delivery:
            current_app.backend.mark_as_failure(job_id, TimeLimitExceeded(1), request=delivery.context)

    def expire(self, job_id: str) -> None:
        recovery.take_back_expired_leases(timezone.now() + 2 * LEASE)
        self.make_due(job_id)

    def look(self, job_id: str) -> None:
        recovery.recover(timezone.now() + timedelta(seconds=2))

    def pause(self, job_id: str) -> None:
        control.pause(self.queue, by=self.person)
        control.resume(self.queue, by=self.person)

    def settle(self, job_id: str) -> None:
        end = self.dice.choice([State.SUCCEEDED, State.FAILED])
        self.records.tell(job_id, "settled", control.settle(Job.objects.get(id=job_id), end, by=self.person))

    def cancel(self, job_id: str) -> None:
        if self.dice.random() < 0.2:
            self.records.tell(
                job_id,
                cancel(Job.objects.get(id=job_id), by=self.person),
            )

    @staticmethod
    def make_due(job_id: str) -> None:
        """The pause after a loss is over."""
        Job.objects.filter(id=job_id, state=State.WAITING).update(available_at=timezone.now())


class Watcher:
    """Reads the rows over and over: what is final stays as it was first seen."""

    def __init__(self, ids: list[str]) -> None:
        self.ids, self.over = ids, threading.Event()
        self.final: dict[str, Any] = {}
        self.changed: list[tuple[Any, Any]] = []

    def act(self) -> None:
        while not self.over.is_set():
            self.look()

    def look(self) -> None:
        for row in Job.objects.filter(id__in=self.ids).values():
            kept = self.final.get(row["id"])
            if kept is not None and row != kept:
                self.changed.append((kept, row))
            elif row["state"] in FINAL:
                self.final[row["id"]] = row


@pytest.fixture
def ready(
    broker: RedisServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[None]:
    settings.JOB_LEASE, settings.JOB_MAX_DEATHS = LEASE, 20
    with declared(monkeypatch):
        yield


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_wins_the_records_agree(ready: None, admin_user: User, seed: int) -> None:
    queue = f"races-{seed}"
    ids = [launch(queue, when_lost) for when_lost in ("AGAIN", "AGAIN", "ASK")[:JOBS]]
    records, watcher = Records(), Watcher(ids)
    actors = [Actor(records, ids, admin_user, queue, f"{seed} {number}") for number in range(THREADS)]
    watching = start(watcher.act, records)
    for thread in [start(actor.act, records) for actor in actors]:
        thread.join()
    late = [delivery for claims in records.claims.values() for delivery in claims if delivery.alive]
    for delivery in late:
        delivery.obey("succeed")
    watcher.over.set()
    watching.join()
    watcher.look()
    assert records.errors == []
    assert watcher.changed == []
    for job_id in ids:
        check(Job.objects.get(id=job_id), records)


def check(job: Job, records: Records) -> None:
    """Every claim came to exactly one thing, and at most one of them was the end."""
    told, tokens = records.told[job.id], [delivery.token for delivery in records.claims[job.id]]
    attempts = list(job.attempts.values_list("number", "outcome"))
    outcomes = Counter(outcome for _, outcome in attempts)
    effects = Group.objects.filter(name__in=tokens).count()
    assert job.runs == len(tokens)
    assert len({number for number, _ in attempts}) == len(attempts)
    assert (job.retries, job.deaths) == (outcomes["retried"], outcomes["lost"])
    running = job.state == State.RUNNING
    unexplained = job.runs - len(attempts) - told["released"] - effects - running
    assert unexplained in ((0, 1) if job.state == State.CANCELLED else (0,))  # stopped at a progress point
    failed = outcomes[JobAttempt.Outcome.FAILED] + outcomes[JobAttempt.Outcome.TIMED_OUT]
    assert effects + failed + told["cancelled"] <= 1
    assert told["settled"] <= 1
    if effects:
        assert job.state == State.SUCCEEDED
    assert Job.objects.filter(parent_id=job.id).count() == effects
    status = TaskResult.objects.filter(task_id=job.id).values_list("status", flat=True).first()
    assert status in STATUSES[State(job.state)]
    assert bool(job.token) == running


def launch(queue: str, when_lost: str) -> str:
    link = jobs.add.si(1, 1).set(queue="aside")
    kwargs = {"when_lost": when_lost}
    return str(current_app.tasks[NAME].apply_async(kwargs=kwargs, queue=queue, link=link).id)


def start(work: Callable[[], None], records: Records) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except BaseException as error:  # told by the test
            records.errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
