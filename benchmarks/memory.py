"""Many jobs through one worker, with clock and web beside it: what grows, and what does a job weigh?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from django.db import connection

from benchmarks import ours, tuning
from projet.local.programs import free_port
from projet.local.services import http_status
from tasks_app.models import Job
from tests.servers import wait_until

JOBS = int(os.environ.get("BENCH_JOBS", "20000"))
STEPS = 5
MEBIBYTE = 1024 * 1024


def main() -> None:
    port, folder = free_port(), tempfile.mkdtemp()
    login = f"http://127.0.0.1:{port}/admin/login/"
    celery = [str(Path(sys.executable).parent / "celery"), "-A", "benchmarks.ours"]
    gunicorn = [str(Path(sys.executable).parent / "gunicorn"), "projet.wsgi", "--bind", f"127.0.0.1:{port}"]
    processes = {
        "worker": _start([*celery, "worker", "-n", "bench@%h", *tuning.WORKER_OPTIONS]),
        "clock": _start([*celery, "beat", "-l", "warning", "--pidfile=", "-s", f"{folder}/beat"]),
        "web": _start([*gunicorn, "--workers", "1", "--log-level", "warning"]),
    }
    before = _database_size()
    try:
        wait_until(lambda: http_status(login) == 200)
        print(
            f"  {'jobs':>9}" + "".join(f"{name:>10}" for name in processes) + "   MiB resident, children too"
        )
        for step in range(STEPS):
            ours.bulk(JOBS // STEPS)
            while (
                Job.objects.filter(state="waiting").exists() or Job.objects.filter(state="running").exists()
            ):
                _look_at(login)
                time.sleep(1)
            done = f"{(step + 1) * JOBS // STEPS:,}"
            print(
                f"  {done:>9}" + "".join(f"{_resident(p.pid):>10.0f}" for p in processes.values()), flush=True
            )
        weight = (_database_size() - before) / JOBS
        print(f"  a job weighs {weight:,.0f} bytes in PostgreSQL, with its result and all indexes")
    finally:
        for process in processes.values():
            process.terminate()
            process.wait(30)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL
    )  # Celery's banner; what is wrong goes to stderr


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
