"""The back office as real processes, on the test's own database and folder."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import psycopg
from django.db import connection

from projet.local.programs import free_port
from projet.local.services import http_status
from tasks_app.models import Node
from tests.servers import Process, RedisServer, WarmProcess, wait_until

PYTHON = Path(sys.executable)
STEP = 0.02  # seconds
OPEN_TRANSACTIONS = """SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"""


def database_url() -> str:
    """Where this test's database is, as other processes reach it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgres://{values['USER']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def is_locked(seconds: float = 1) -> bool:
    """Whether somebody has kept a transaction of this test's database open for so long."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=seconds)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False
    with psycopg.connect(database_url()) as other:
        try:
            wait_until(lambda: not other.execute(OPEN_TRANSACTIONS).fetchone(), seconds)
        except AssertionError:
            return True
    return False


class Stack:
    """Starts web, workers and clocks; each start waits until the process is there."""

    def __init__(self, redis_server: RedisServer, folder: Path) -> None:
        self.redis, self.folder = redis_server, folder
        self.processes: list[Process] = []
        self.url = ""  # of the web process: http://127.0.0.1:port
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            "DJANGO_SETTINGS_MODULE": "projet.settings",
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": redis_server.url,
            "PYTHONUNBUFFERED": "1",
            "WORKER_SOFT_SHUTDOWN_SECONDS": "1",
            "ENVIRONMENT": "local",
            "DEBUG": "true",
        }

    def start_worker(
        self,
        name: str = "worker1",
        queues: str = "high,default,low",
        concurrency: int = 2,
        **environment: str,
    ) -> Process:
        full_name = f"{name}@{socket.gethostname()}"
        worker = self._process(
            name,
            [
                *("celery", "-A", "projet", "worker", "-l", "info", "-O", "fair", "-Q", queues),
                *("-n", full_name, f"--concurrency={concurrency}"),
            ],
            environment,
        )
        worker.ready = lambda: f"{full_name} ready." in worker.tail()
        worker.start()
        return worker

    def start_clock(self, name: str = "clock1", **environment: str) -> Process:
        clock = self._process(
            name,
            ["celery", "-A", "projet", "beat", "-l", "info", "--pidfile=", "-s", str(self.folder / name)],
            environment,
        )
        # A clock started while another beats is told apart by its process.
        clock.ready = lambda: Node.objects.filter(kind=Node.Kind.CLOCK, details__pid=clock.pid).exists()
        clock.start()
        return clock

    def start_web(self, **environment: str) -> Process:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        web = self._process(
            "web",
            ["gunicorn", "projet.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"],
            {"SITE_URL": self.url, **environment},
        )
        web.ready = lambda: http_status(f"{self.url}/admin/login/") == 200
        web.start()
        return web

    def start(self) -> Stack:
        self.start_worker()
        self.start_clock()
        self.start_web()
        return self

    def freeze(self, process: Process) -> None:
        """Freeze it between two transactions: for what it locked, everybody else would wait."""
        process.freeze()
        while is_locked():
            process.thaw()
            time.sleep(STEP)  # else it hardly comes to its commit
            process.freeze()

    def run_until(self, process: Process, condition: Callable[[], bool]) -> None:
        """Let who is frozen go on by small steps until then: what is over soon is not missed."""
        while not condition():
            process.thaw()
            time.sleep(STEP)
            self.freeze(process)

    def stop(self) -> None:
        """End what still runs, the newest first; their logs are printed for a test that failed."""
        stubborn: list[AssertionError] = []
        for process in reversed(self.processes):
            process.thaw()
            try:
                process.stop()
            except AssertionError as error:  # it was killed then; the others are ended all the same
                stubborn.append(error)
            print(process.tail())
        self.processes.clear()
        if stubborn:
            raise stubborn[0]

    def _process(self, name: str, command: list[str], environment: Mapping[str, str]) -> Process:
        process = WarmProcess(
            name,
            [PYTHON.parent / command[0], *command[1:]],
            self.folder / f"{name}.log",
            ready=bool,  # set by the caller, who knows the process
            environment=self.environment | dict(environment),
        )
        self.processes.append(process)
        return process
