"""The three processes of the back office, and how one knows that each is there."""

from __future__ import annotations

import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from projet.local.errors import Trouble
from projet.local.processes import Processes, Running
from projet.local.programs import free_port, port_is_free

PROGRAMS = Path(sys.executable).parent
WEB_PORT = 8000
WORKER = f"worker1@{socket.gethostname()}"
QUEUES = "high,default,low"
CLOCK = "clock@"  # and more, which each clock makes up
START_LIMIT = 60.0  # seconds
PING_LIMIT = 5.0  # seconds
# Ctrl-C is not a deployment: running jobs get a moment, then they wait in the database for the next start.
SOFT_SHUTDOWN = ("WORKER_SOFT_SHUTDOWN_SECONDS", "2")


def start_web(processes: Processes) -> tuple[Running, str]:
    """gunicorn on port 8000, or the first free one after it; the process and its address."""
    port = next((port for port in range(WEB_PORT, WEB_PORT + 20) if port_is_free(port)), free_port())
    address = f"http://127.0.0.1:{port}"
    web = processes.start(
        "web",
        [
            *(PROGRAMS / "gunicorn", "projet.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "1", "--threads", "8", "--access-logfile", "-"),
        ],
        _unless_set(("SITE_URL", address)),
    )
    return web, address


def start_worker(processes: Processes, site_url: str) -> Running:
    concurrency = min(4, max(2, os.cpu_count() or 2))
    return processes.start(
        "worker",
        [
            *(PROGRAMS / "celery", "-A", "projet", "worker", "-l", "info", "-Q", QUEUES, "-O", "fair"),
            *("-n", "worker1@%h", f"--concurrency={concurrency}"),
            "--without-mingle",  # it would wait a second for other workers, whose news the rows tell anyway
        ],
        _unless_set(("SITE_URL", site_url), SOFT_SHUTDOWN),
    )


def start_clock(processes: Processes) -> Running:
    return processes.start("clock", [PROGRAMS / "celery", "-A", "projet", "beat", "-l", "info", "--pidfile="])


def _unless_set(*pairs: tuple[str, str]) -> dict[str, str]:
    """Those that neither the environment nor `.env` (which Django has read by now) says otherwise."""
    return {name: value for name, value in pairs if name not in os.environ}


def await_ready(process: Running, ready: Callable[[], bool]) -> None:
    """Wait until `ready`; raises Trouble when the process ends before or stays silent too long."""
    deadline = time.monotonic() + START_LIMIT
    while not process.ended and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.1)
    what = f"ended with code {process.popen.returncode}" if process.ended else "is not ready"
    raise Trouble(f"The {process.name} {what}.", process.name)


def http_status(url: str) -> int:
    """The status of a GET; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own http address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def worker_answers() -> bool:
    """Whether our worker answers a ping through the broker."""
    from projet.celery import app

    answers = app.control.ping(destination=[WORKER], timeout=PING_LIMIT, limit=1) or []
    return any(WORKER in answer for answer in answers)


def beats_since(moment: datetime, name: str) -> bool:
    """Whether a process whose name begins with `name` has left a heartbeat in the database since."""
    from tasks_app.models import Node

    return Node.objects.filter(name__startswith=name, beat_at__gte=moment).exists()
