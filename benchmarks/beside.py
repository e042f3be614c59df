"""A process beside this one, with a database of its own, that is asked a line and answers a line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from tests.servers import ROOT


class Beside:
    """`python -m MODULE ARGUMENTS` on an empty, migrated database; it is ready when it first answers."""

    def __init__(self, name: str, module: str, *arguments: str) -> None:
        variables = os.environ | {"DATA_DIR": str(Path(os.environ["DATA_DIR"]) / name)}
        if "DATABASE_URL" in variables:
            variables["DATABASE_URL"] = _database(variables["DATABASE_URL"], name)
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=variables, cwd=ROOT, check=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=variables,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{question}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(30)


def _database(url: str, name: str) -> str:
    """An empty one beside that one."""
    server, _slash, database = url.rpartition("/")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{database}_{name}"'.encode())
    return f"{server}/{database}_{name}"
