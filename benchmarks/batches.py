"""A batch of very many: the click, how fast it launches beside `launch_many`, and how soon it stops.

`BENCH_BATCH` is the number of its jobs. In one run, in turns, so that a slow minute slows both alike. Its
stop is asked by a click while another process works on it, as a worker does:
`python -m benchmarks.batches work KEY` is that process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks import floors  # noqa: E402
from tasks_app.batches import control, steps  # noqa: E402
from tasks_app.launching import launch_many  # noqa: E402
from tasks_app.models import Batch, BatchState, Canary, Job, State  # noqa: E402
from tests.servers import wait_until  # noqa: E402

JOBS = int(os.environ.get("BENCH_BATCH", "100000"))
ROUNDS = 5
SHARE = 10_000  # jobs of a round
DEBUG = "projet.celery.debug_task"
CLICK, RATE, STOP = 1.0, 0.6, 2.0  # seconds, ratio to `launch_many`, seconds
# Seconds after a step's commit. Pauses take the same road as the stop, and can be had more than once.
MOMENTS = (0.1, 0.2, 0.35, 0.5)


def main() -> None:
    # A click leaves what it cannot publish in time to the clock; here both publish all that they launch.
    settings.PUBLISH_BUDGET = timedelta(minutes=5)
    by = User.objects.create_superuser("bench", "bench@example.org", "bench")
    measure(by)
    floors.end()


def measure(by: User) -> None:
    """For whoever has a history already: its own jobs come on top."""
    failures(JOBS)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(by)
    batch = clicked(client, by)
    sort(batch)
    ratios = rates(by, batch)
    print(f"  it launches at {median(ratios):.2f} × the rate of launch_many, median of {len(ratios)} rounds")
    floors.hold("a batch's rate, as a ratio of launch_many", median(ratios), at_least=RATE)
    stops(client, by, batch)


def failures(number: int) -> None:
    launch_many(DEBUG, ({} for _ in range(number)))
    Job.objects.filter(name=DEBUG).update(state=State.FAILED, ended_at="2026-01-01T00:00Z", error="It broke.")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def clicked(client: Client, by: User) -> Batch:
    """All that match a filter of the list, once their dialog was read."""
    address = reverse("admin:tasks_app_batch_new", query={"state": "failed", "kind": DEBUG})
    client.get(address)
    with spent() as cost:
        client.post(address, {"launch_key": str(uuid4())})
    batch = Batch.objects.get(by=by)
    print(f"  the click that begins a batch of {batch.total:,}: {cost()}")
    floors.hold("the click that begins a batch, s", cost().clock, at_most=CLICK)
    return batch


def sort(batch: Batch) -> None:
    with spent() as cost:
        while batch.state == BatchState.PREPARING:
            steps.take_turn(str(batch.pk), batch.job_id, lambda now: None)
            batch.refresh_from_db()
    print(f"  sorted: {cost()}")


# --- How fast it launches ----------------------------------------------------------------------------


class Enough(Exception):
    """Of what a round is measured with."""


def rates(by: User, batch: Batch) -> list[float]:
    control.start(batch, by=by, canary=Canary.NONE)
    batch.refresh_from_db()
    ratios = []
    for _round in range(ROUNDS):
        with spent() as ours:
            launched = a_share(batch)
        with spent() as theirs:
            launch_many(DEBUG, ({} for _ in range(SHARE)), by=by)
        print(f"    a batch: {ours().each(launched)}\n    launch_many: {theirs().each(SHARE)}")
        ratios.append((launched / ours().clock) / (SHARE / theirs().clock))
    return ratios


def a_share(batch: Batch) -> int:
    """In turns, as its job takes them; how many were launched."""
    before = batch.launched

    def until_enough(now: Batch) -> None:
        if now.launched - before >= SHARE:
            raise Enough

    try:
        while True:
            steps.take_turn(str(batch.pk), batch.job_id, until_enough)
    except Enough:
        batch.refresh_from_db()
    return batch.launched - before


# --- How soon it stops -------------------------------------------------------------------------------


def stops(client: Client, by: User, batch: Batch) -> None:
    """Paused again and again, and stopped: the longest time from the click to its answer."""
    worker = subprocess.Popen([sys.executable, "-m", "benchmarks.batches", "work", str(batch.pk)])
    try:
        took = []
        for moment in MOMENTS:
            took.append(told(client, batch, "pause", moment))
            control.resume(batch, by=by)
        took.append(told(client, batch, "stop", MOMENTS[-1]))
    finally:
        worker.terminate()
        worker.wait()
    said = ", ".join(f"{seconds:.2f}" for seconds in took)
    print(f"  paused {len(MOMENTS)} times and stopped, each takes effect after {said} s")
    floors.hold("a batch's stop, s", max(took), at_most=STOP)


def told(client: Client, batch: Batch, what: str, moment: float) -> float:
    """Told as it is at it; nothing more is launched once the click is answered."""
    batch.refresh_from_db()
    before = batch.launched
    wait_until(lambda: Batch.objects.get(pk=batch.pk).launched > before, what="it to launch some", every=0.02)
    time.sleep(moment)
    began = time.perf_counter()
    answer = client.post(reverse(f"admin:tasks_app_batch_{what}", args=[batch.pk]))
    took = time.perf_counter() - began
    assert answer.status_code == 302
    batch.refresh_from_db()
    assert batch.state in (BatchState.PAUSED, BatchState.STOPPING), "there was too little left to launch"
    launched = batch.launched
    time.sleep(1)
    batch.refresh_from_db()
    assert batch.launched == launched, f"it launched after it was told to {what}"
    return took


def work(key: str) -> None:
    """As the worker that has the batch's job, whichever that is by now."""
    settings.PUBLISH_BUDGET = timedelta(minutes=5)
    while True:
        batch = Batch.objects.get(pk=key)
        steps.take_turn(key, batch.job_id, lambda now: None)
        time.sleep(0.05)


# --- What it costs -----------------------------------------------------------------------------------


class Cost(NamedTuple):
    """Seconds by the clock, of this process and of the process of PostgreSQL that serves it."""

    clock: float
    python: float
    postgresql: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    def __str__(self) -> str:
        return f"{self.clock:.2f} s ({self.python:.2f} of Python, {self.postgresql:.2f} of PostgreSQL)"

    def each(self, number: int) -> str:
        python, postgresql = (seconds / number * 1e6 for seconds in (self.python, self.postgresql))
        rate = number / self.clock
        return f"{rate:>7,.0f} jobs/s, each {python:.0f} µs of Python, {postgresql:.0f} of PostgreSQL"


@contextmanager
def spent() -> Iterator[Callable[[], Cost]]:
    """What it took, once it is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    before, after = _so_far(backend), _so_far(backend)
    yield lambda: after - before
    after = _so_far(backend)


def _so_far(backend: int) -> Cost:
    return Cost(time.perf_counter(), time.process_time(), _of_process(backend))


def _of_process(number: int) -> float:
    """As Linux tells it (proc(5), utime and stime); 0 elsewhere."""
    told = Path(f"/proc/{number}/stat")
    if not told.exists():
        return 0.0
    fields = told.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2])
    else:
        main()
