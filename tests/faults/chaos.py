"""Minutes of work, and every few seconds something breaks: chosen by a seed, so that it can be repeated."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psutil
from celery import chain
from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone
from kombu.utils.uuid import uuid

from tasks_app import control
from tasks_app.models import Job, State
from tasks_app.tasks import envoi_email, rapport_pdf
from tests.cancelling import cancel
from tests.faults import jobs
from tests.faults.excuses import Struck
from tests.faults.house import House
from tests.faults.post_office import BROKEN, THROTTLED
from tests.servers import Process, wait_until

LENGTH = 300.0  # seconds
JOBS = 3000
# Of a hundred launches; a chain is three jobs.
MIX = {"run": 57, "chain": 10, "stumble": 10, "fail": 2, "email": 6, "report": 1, "unwanted": 3}
UNWANTED_FOR = 30  # seconds until a job that is cancelled would have been due
STOP_GRACE = 15.0  # seconds that a worker gets to stop
# Seconds between two faults.
PAUSE = (1.0, 4.0)
# Runs that a fault can cut short: a worker has two processes, and the database serves those of both workers.
# All others cut none: what is in the broker is no run yet, and clocks have none. What SES leaves open, its
# stub notes.
CUTS_SHORT = {
    "a worker is killed": 2,
    "a worker's child is killed": 1,
    "a worker is told to stop": 2,
    "a worker freezes for longer than its lease": 2,
    "PostgreSQL restarts": 4,
    "PostgreSQL crashes": 4,
}


class Launcher(threading.Thread):
    """All kinds of jobs, spread evenly over the time there is. Each launch is repeated, with the ids it began
    with, until the database has taken it."""

    def __init__(self, house: House, dice: random.Random) -> None:
        super().__init__(name="launcher")
        self.house, self.dice = house, dice
        self.emails: set[str] = set()
        self.error: Exception | None = None
        self.over = threading.Event()  # launch no more

    def run(self) -> None:
        began = time.monotonic()
        try:
            while self.launched < JOBS and not self.over.is_set():
                if self.launched < JOBS * (time.monotonic() - began) / LENGTH:
                    [kind] = self.dice.choices(list(MIX), list(MIX.values()))
                    getattr(self, f"launch_{kind}")()
                else:
                    time.sleep(0.05)
        except Exception as error:  # told by the test, which waits for this thread
            self.error = error
        finally:
            connections.close_all()

    @property
    def launched(self) -> int:
        return len(self.house.expected.states)

    def launch_run(self) -> None:
        self._launch(jobs.run.si())

    def launch_chain(self) -> None:
        ids = [uuid() for _ in range(3)]
        steps = [jobs.step.si().set(task_id=step) for step in ids]
        for step in ids:
            self.house.record(step)
        until_taken(lambda: chain(*(step.clone() for step in steps)).apply_async())

    def launch_stumble(self) -> None:
        self._launch(jobs.stumble.si(2), runs=3)

    def launch_fail(self) -> None:
        self._launch(jobs.fail.si(), state=State.FAILED)

    def launch_email(self) -> None:
        arguments = self.house.letter
        self.emails.add(self._launch(envoi_email.si(*arguments), runs=0, mails=1))

    def launch_report(self) -> None:
        form: dict[str, Any] = self.dice.choice(
            [{"type": "overview"}, {"type": "activity", "period": "last_7_days", "format": "csv"}]
        )
        self._launch(rapport_pdf.si(**form), runs=0, reports=1)

    def launch_unwanted(self) -> None:
        """Cancelled while it waits for its time."""
        job_id = self._launch(jobs.run.si().set(countdown=UNWANTED_FOR), state=State.CANCELLED, runs=0)
        until_taken(lambda: cancel(Job.objects.get(pk=job_id), by="a person"))

    def _launch(self, job: Any, **expected: Any) -> str:
        job_id = self.house.record(uuid(), **expected)
        until_taken(lambda: job.clone().apply_async(task_id=job_id))
        return job_id


def until_taken(launch: Callable[[], Any]) -> None:
    """Again on a new connection while the database is away: the ids make the second time harmless."""
    while True:
        try:
            launch()
        except DatabaseError:
            connections.close_all()
            time.sleep(0.2)
        else:
            return


class Faults:
    """What can break; each leaves the house able to go on by itself: nothing is mended by hand."""

    def __init__(self, house: House, dice: random.Random) -> None:
        self.house, self.dice = house, dice
        self.struck: list[Struck] = []
        self.paused: list[tuple[datetime, datetime]] = []
        self.deck: list[str] = []  # each fault once, then all of them again
        house.post.answer = self.accepting = house.post.noting(house.post.accept)
        self.named: dict[str, Callable[[], None]] = {
            "a worker is killed": self.kill_worker,
            "a worker's child is killed": self.kill_child,
            "a worker is told to stop": self.stop_worker,
            "a worker freezes for longer than its lease": self.freeze_worker,
            "the clock is killed": self.kill_clock,
            "Redis is flushed": self.flush_redis,
            "Redis is killed": self.kill_redis,
            "Redis is silent": self.freeze_redis,
            "all connections to Redis are cut": self.cut_redis,
            "PostgreSQL restarts": lambda: house.restart_postgres(down=dice.uniform(0, 3)),
            "PostgreSQL crashes": lambda: house.restart_postgres(crash=True, down=dice.uniform(0, 3)),
            "SES accepts and cuts the line": lambda: self.ses(house.post.accept_and_cut, spoiling=True),
            "SES is broken": lambda: self.ses(BROKEN, spoiling=True),
            "SES wants us slower": lambda: self.ses(THROTTLED),
            "a queue is paused and resumed": self.pause_queue,
        }

    def strike(self) -> None:
        """One of them, and when it was."""
        if not self.deck:
            self.deck = self.dice.sample(list(self.named), len(self.named))
        name = self.deck.pop()
        connections.close_all()  # the database may have gone since
        began = time.time()
        self.named[name]()
        self.struck.append(Struck(name, began, time.time(), CUTS_SHORT.get(name, 0)))

    def _worker(self) -> Process:
        return self.house.process(self.dice.choice(["worker1", "worker2"]))

    def kill_worker(self) -> None:
        worker = self._worker()
        worker.kill()
        worker.spawn()

    def kill_child(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self._worker().pid).children()
            if children:
                self.dice.choice(children).kill()

    def stop_worker(self) -> None:
        """As its manager does: SIGTERM, and SIGKILL to all that is left after a while."""
        worker = self._worker()
        worker.terminate()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not worker.running, STOP_GRACE)
        worker.kill()
        worker.spawn()

    def freeze_worker(self) -> None:
        worker = self._worker()
        worker.freeze()
        time.sleep(self.dice.uniform(5, 8))
        worker.thaw()

    def kill_clock(self) -> None:
        clock = self.house.process(self.dice.choice(["clock1", "clock2"]))
        clock.kill()
        clock.spawn()

    def flush_redis(self) -> None:
        self.house.redis.client.flushall()

    def kill_redis(self) -> None:
        self.house.redis.kill()
        time.sleep(self.dice.uniform(0, 2))
        self.house.redis.start()

    def freeze_redis(self) -> None:
        self.house.redis.freeze()
        time.sleep(self.dice.uniform(1, 3))
        self.house.redis.thaw()

    def cut_redis(self) -> None:
        self.house.redis.client.client_kill_filter(_type="normal", skipme=True)

    def ses(self, answer: Any, *, spoiling: bool = False) -> None:
        self.house.post.answer = self.house.post.noting(answer, spoiling=spoiling)
        time.sleep(3)
        self.house.post.answer = self.accepting

    def pause_queue(self) -> None:
        until_taken(lambda: control.pause("default", by=None))
        since = timezone.now()
        time.sleep(self.dice.uniform(2, 5))
        self.paused.append((since, timezone.now()))
        until_taken(lambda: control.resume("default", by=None))
