"""Half of a long past is removed while jobs run: no statement holds them up, and they are as fast."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from threading import Event, Thread

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks import floors, ours, tuning
from tasks_app.models import Job
from tasks_app.retention.prunables import PRUNABLES
from tasks_app.retention.prune import prune

JOBS = 4_000  # of one round
ROUNDS = 3  # before
BUDGET = timedelta(seconds=5)  # of one run of the cleanup
REMOVED = 500_000
LONGEST = 1.0  # seconds of one statement
THROUGHPUT = 0.8  # of the rate before


def main() -> None:
    celery = [str(Path(sys.executable).parent / "celery"), "-A", "benchmarks.ours"]
    log = (Path(settings.DATA_DIR) / "cleanup-worker.log").open("wb")
    worker = subprocess.Popen(
        [*celery, "worker", "-n", "bench@%h", *tuning.WORKER_OPTIONS], stdout=log, stderr=subprocess.STDOUT
    )
    try:
        _round()  # the worker has met all that it does
        before = median(_round() for _number in range(ROUNDS))
        stop, slowest, removed = Event(), [0.0], [0]
        cleaning = Thread(target=_clean, args=(stop, slowest, removed))
        cleaning.start()
        during = []
        while cleaning.is_alive():
            during.append(_round())
    finally:
        stop.set()
        worker.terminate()
        worker.wait(30)
    rate = sum(during) / len(during)
    print(
        f"  cleanup of {removed[0]:,} rows: slowest statement {slowest[0]:.2f} s; "
        f"{before:,.0f} jobs a second before, {rate:,.0f} meanwhile"
    )
    floors.hold("seconds of the slowest statement of a cleanup", slowest[0], at_most=LONGEST)
    floors.hold("jobs a second during a cleanup, of before", rate / before, at_least=THROUGHPUT)


def _round() -> float:
    """Jobs a second."""
    ours.bulk(JOBS)
    began = time.perf_counter()
    while Job.objects.filter(name=ours.noop.name, state__in=("waiting", "running")).exists():
        time.sleep(0.1)
    return JOBS / (time.perf_counter() - began)


def _clean(stop: Event, slowest: list[float], removed: list[int]) -> None:
    def timed(execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            slowest[0] = max(slowest[0], time.perf_counter() - began)

    settings.RETENTION_DAYS = dict.fromkeys(settings.RETENTION_DAYS, 1)
    with connection.execute_wrapper(timed):
        while removed[0] < REMOVED and not stop.is_set():
            done = prune(PRUNABLES, timezone.now(), budget=BUDGET)
            removed[0] += sum(done.removed.values())
            if not done.more:
                break
    connection.close()
