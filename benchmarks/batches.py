"""A batch of very many: the click, how fast it launches beside `launch_many`, and how soon it stops.

`BENCH_BATCH` is the number of its jobs. In one run, in turns, so that a slow minute slows both alike.
"""

from __future__ import annotations

import os
import time
from statistics import median
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks import floors  # noqa: E402
from tasks_app.batches import control, steps  # noqa: E402
from tasks_app.launching import launch_many  # noqa: E402
from tasks_app.models import Batch, BatchState, Canary, Job, State  # noqa: E402

JOBS = int(os.environ.get("BENCH_BATCH", "100000"))
ROUNDS = 3
SHARE = 10_000  # jobs of a round
DEBUG = "projet.celery.debug_task"
CLICK, RATE, STOP = 1.0, 0.6, 2.0  # seconds, ratio to `launch_many`, seconds


def main() -> None:
    by = User.objects.create_superuser("bench", "bench@example.org", "bench")
    measure(by)
    floors.end()


def measure(by: User) -> None:
    """For whoever has a history already: its own jobs come on top."""
    old = failures(JOBS)
    batch = clicked(by)
    sort(batch)
    ratios = rates(by, batch)
    print(f"  it launches at {median(ratios):.2f} × the rate of launch_many, median of {len(ratios)} rounds")
    floors.hold("a batch's rate, as a ratio of launch_many", median(ratios), at_least=RATE)
    stopped(by, batch)
    assert batch.launched <= len(old)


def failures(number: int) -> list[str]:
    ids = [job.pk for job in launch_many(DEBUG, ({} for _ in range(number)))]
    Job.objects.filter(name=DEBUG).update(state=State.FAILED, ended_at="2026-01-01T00:00Z", error="It broke.")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return ids


def clicked(by: User) -> Batch:
    """All that match a filter of the list."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(by)
    address = reverse("admin:tasks_app_batch_new", query={"state": "failed", "kind": DEBUG})
    began = time.perf_counter()
    client.post(address, {"launch_key": str(uuid4())})
    took = time.perf_counter() - began
    batch = Batch.objects.get(by=by)
    print(f"  the click that begins a batch of {batch.total:,}: {took:.2f} s")
    floors.hold("the click that begins a batch, s", took, at_most=CLICK)
    return batch


def sort(batch: Batch) -> None:
    began = time.perf_counter()
    while batch.state == BatchState.PREPARING:
        steps.step(str(batch.pk), batch.job_id)
        batch.refresh_from_db()
    print(f"  sorted in {time.perf_counter() - began:.1f} s")


def rates(by: User, batch: Batch) -> list[float]:
    control.start(batch, by=by, canary=Canary.NONE)
    batch.refresh_from_db()
    ratios = []
    for _round in range(ROUNDS):
        began, before = time.perf_counter(), batch.launched
        while batch.launched - before < SHARE:
            steps.step(str(batch.pk), batch.job_id)
            batch.refresh_from_db()
        ours = (batch.launched - before) / (time.perf_counter() - began)
        began = time.perf_counter()
        launch_many(DEBUG, ({} for _ in range(SHARE)), by=by)
        theirs = SHARE / (time.perf_counter() - began)
        print(f"    {ours:>8,.0f} jobs/s beside {theirs:>8,.0f} of launch_many")
        ratios.append(ours / theirs)
    return ratios


def stopped(by: User, batch: Batch) -> None:
    """Told as its job is at it: the time until nothing more is launched."""
    import threading

    def work(*_args: Any) -> None:
        steps.take_turn(str(batch.pk), batch.job_id, lambda now: None, seconds=30)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(1)
    began = time.perf_counter()
    control.stop(batch, by=by)
    took = time.perf_counter() - began
    batch.refresh_from_db()
    launched = batch.launched
    worker.join()
    batch.refresh_from_db()
    assert batch.launched == launched, "it launched after it was stopped"
    print(f"  stopping takes effect after {took:.2f} s")
    floors.hold("a batch's stop, s", took, at_most=STOP)


if __name__ == "__main__":
    main()
