"""Private servers, and this back office on a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers import ROOT, PostgresServer, RedisServer


@dataclass
class House:
    broker: RedisServer
    postgres: PostgresServer
    folder: Path

    def environment(self, database: str) -> dict[str, str]:
        """What a process of this back office is started with; `database` is made by the call."""
        return {
            "DJANGO_SETTINGS_MODULE": "projet.settings",
            "DATABASE_URL": self.postgres.create_database(database),
            "CELERY_BROKER_URL": self.broker.url,
            "DATA_DIR": str(self.folder),
            "ENVIRONMENT": "local",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "insecure-benchmark-key",
            "LOG_LEVEL": "WARNING",
        }

    def run(self, module: str, *, sqlite: bool = False) -> bool:
        """`python -m MODULE` on an empty, migrated database and an empty broker; it prints its figures.

        Whether it held its bounds (benchmarks/floors.py), and did not break either.
        """
        self.broker.client.flushall()
        variables = os.environ | self.environment(module.rpartition(".")[2])
        if sqlite:  # in a folder of its own, as where no database is named
            del variables["DATABASE_URL"]
            variables["DATA_DIR"] = str(self.folder / f"{module}-sqlite")
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=variables, cwd=ROOT, check=True)
        figures = subprocess.run([sys.executable, "-m", module], env=variables, cwd=ROOT, check=False)
        return figures.returncode == 0


@contextmanager
def private_house() -> Iterator[House]:
    """PostgreSQL with fsync, Redis, a folder; all of it gone afterwards."""
    with TemporaryDirectory(prefix="backoffice-bench-") as name:
        broker, postgres = RedisServer(Path(name)), PostgresServer(durable=True)
        try:
            broker.start()
            postgres.start()
            yield House(broker, postgres, Path(name))
        finally:
            broker.stop()
            postgres.remove()
