"""The three contenders: how each is started, counted and emptied."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from benchmarks import tuning
from benchmarks.house import House
from tests.servers import ROOT, Process

PYTHON = sys.executable
POLL = 0.1  # seconds between two counts of what is done


@dataclass
class Contender:
    """`done` and `empty` are SQL, or "" where results lie in Redis; `has_bulk`: it can launch many."""

    name: str
    module: str
    environment: dict[str, str]
    done: str = ""
    empty: str = ""
    has_bulk: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """The contender's environment; Django's settings are its own, or none."""
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return inherited | self.environment

    def migrate(self) -> None:
        if self.done:
            command = [PYTHON, "-m", "django", "migrate", "--verbosity", "0"]
            subprocess.run(command, env=self.variables, cwd=ROOT, check=True)

    def publish(self, count: int, *how: str) -> float:
        """Messages per second of one publisher; `how` may be "bulk"."""
        command = [PYTHON, "-m", "benchmarks.publish", self.module, str(count), *how]
        done = subprocess.run(command, env=self.variables, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        return count / float(done.stdout.split()[-1])

    def drain(self, count: int, log: Path) -> float:
        """Jobs per second of one worker, from the first that is done to the last of `count`."""
        worker = Process(
            self.name,
            [
                Path(PYTHON).parent / "celery",
                "-A",
                self.module,
                "worker",
                "-n",
                "bench@%h",
                *tuning.WORKER_OPTIONS,
            ],
            log,
            ready=lambda: True,
            environment=self.variables,
        )
        worker.start()
        try:
            first = last = self.count()
            started = time.perf_counter()
            while last < count:
                time.sleep(POLL)
                last = self.count()
                if not first:
                    first, started = last, time.perf_counter()
                assert worker.running, worker.tail()
                assert time.perf_counter() - started < 120, f"{last} of {count} done\n{worker.tail()}"
            return (last - first) / (time.perf_counter() - started)
        finally:
            worker.kill()

    def count(self) -> int:
        if not self.done:
            return int(redis.Redis.from_url(self.environment["RESULT_URL"]).dbsize())
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            row = connection.execute(self.done.encode()).fetchone()
            return int(row[0]) if row else 0

    def reset(self) -> None:
        redis.Redis.from_url(self.environment["CELERY_BROKER_URL"]).flushall()
        if self.empty:
            with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
                connection.execute(self.empty.encode())


def contenders(house: House) -> list[Contender]:
    """Ours first: the others are what it is compared with."""
    shared = {"CELERY_BROKER_URL": house.broker.url, "ENV_FILE": os.devnull}

    def stock(database: str, **more: str) -> dict[str, str]:
        settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.plain_settings"}
        return shared | settings | {"DATABASE_URL": house.postgres.create_database(database)} | more

    results = "SELECT count(*) FROM django_celery_results_taskresult WHERE status = 'SUCCESS'"
    no_results = "TRUNCATE django_celery_results_taskresult"
    return [
        Contender(
            "this back office",
            "benchmarks.ours",
            house.environment("ours"),
            done="SELECT count(*) FROM tasks_app_job WHERE state = 'succeeded'",
            empty="TRUNCATE tasks_app_job, django_celery_results_taskresult CASCADE",
            has_bulk=True,
        ),
        Contender(
            "Celery, django-db as it installs",
            "benchmarks.plain_db",
            stock("installed", KEEP_CONNECTIONS=""),
            done=results,
            empty=no_results,
        ),
        Contender(
            "Celery, django-db tuned alike",
            "benchmarks.plain_db",
            stock("tuned", KEEP_CONNECTIONS="yes"),
            done=results,
            empty=no_results,
        ),
        Contender(
            "Celery, results in Redis",
            "benchmarks.plain_redis",
            shared | {"RESULT_URL": f"redis://127.0.0.1:{house.broker.port}/2"},
        ),
    ]
