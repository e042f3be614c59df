"""Many jobs through one worker, with clock and web beside it: what grows, and what does a job weigh?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from benchmarks import floors, ours, tuning
from projet.local.programs import free_port
from projet.local.services import http_status
from tasks_app.launching import launch_many
from tasks_app.models import Job
from tests.servers import wait_until

JOBS = int(os.environ.get("BENCH_JOBS", "20000"))
STEPS = 5
WARM = 1  # the step after which nothing is to grow: by then each process has met all that it does
FLAT = 1.05  # times; half a kilobyte a job, which a worker once kept, was more over 100,000
MEBIBYTE = 1024 * 1024


def main() -> None:
    port, folder = free_port(), Path(settings.DATA_DIR)
    login = f"http://127.0.0.1:{port}/admin/login/"
    celery = [str(Path(sys.executable).parent / "celery"), "-A", "benchmarks.ours"]
    gunicorn = [str(Path(sys.executable).parent / "gunicorn"), "projet.wsgi", "--bind", f"127.0.0.1:{port}"]
    processes = {
        name: _start(command, folder / f"{name}.log")
        for name, command in {
            "worker": [*celery, "worker", "-n", "bench@%h", *tuning.WORKER_OPTIONS],
            "clock": [*celery, "beat", "-l", "warning", "--pidfile=", "-s", f"{folder}/beat"],
            "web": [*gunicorn, "--workers", "1"],
        }.items()
    }
    before = _database_size()
    try:
        wait_until(lambda: http_status(login) == 200)
        print(
            f"  {'jobs':>9}" + "".join(f"{name:>10}" for name in processes) + "   MiB resident, children too"
        )
        resident: dict[str, list[float]] = {name: [] for name in processes}
        for step in range(STEPS):
            launch_many(ours.noop.name, [{}] * (JOBS // STEPS))  # what a click leaves over is the clock's
            while (
                Job.objects.filter(state="waiting").exists() or Job.objects.filter(state="running").exists()
            ):
                _look_at(login)
                time.sleep(1)
            done = f"{(step + 1) * JOBS // STEPS:,}"
            for name, process in processes.items():
                resident[name].append(_resident(process.pid))
            print(f"  {done:>9}" + "".join(f"{one[-1]:>10.0f}" for one in resident.values()), flush=True)
        for name, sizes in resident.items():
            growth = sizes[-1] / sizes[WARM]
            floors.hold(
                f"memory of the {name} at its end, as a ratio of when it was warm", growth, at_most=FLAT
            )
        weight = (_database_size() - before) / JOBS
        print(f"  a job weighs {weight:,.0f} bytes in PostgreSQL, with its result and all indexes")
    finally:
        for process in processes.values():
            process.terminate()
            process.wait(30)
    floors.end()


def _start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as lines:
        return subprocess.Popen(command, stdout=lines, stderr=subprocess.STDOUT)


def _look_at(url: str) -> None:
    for _ in range(10):
        assert http_status(url) == 200


def _resident(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / MEBIBYTE


def _database_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


main()
