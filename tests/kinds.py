"""What a test needs, told by its fixtures and markers: `make quick` and the run on PostgreSQL choose by it.

`processes` and `database` are given to each test here; what no fixture tells, the test's own marker does,
and a test that starts a process without either fails with the sentence below.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import warm

# Fixtures that start programs which take seconds. Redis is none of them: it is there in a tenth of a second.
STARTING = frozenset(
    {"chromium", "collect", "moto_server", "postgres", "processes", "systemd_analyze", "worker_of_module"}
)
QUICKLY_THERE = frozenset({"redis-server", "valkey-server"})
# Python's own search for a shared library, as WeasyPrint is imported.
HELPERS = frozenset({"ldconfig", "gcc", "cc", "ld", "objdump"})
DATABASE = frozenset({"db", "django_db_setup", "live_server", "transactional_db"})

START = subprocess.Popen.__init__

# The tests of `make quick`, and those that run on PostgreSQL too, as pytest's -m has it.
QUICK = "not processes and not sweep and not long"
AGAIN = "database and not once and not long"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give it `processes` and `database` where its fixtures or its other markers tell."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if fixtures & STARTING or has(item, "stack") or has(item, "browser"):
        item.add_marker("processes")
    if fixtures & DATABASE or has(item, "django_db"):
        item.add_marker("database")


def has(item: pytest.Item, marker: str) -> bool:
    return item.get_closest_marker(marker) is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test without `processes` fails when it, or a fixture of its, starts a program or forks."""
    with pytest.MonkeyPatch.context() as patch:
        if not has(item, "processes"):
            patch.setattr(subprocess.Popen, "__init__", start_redis_alone)
            patch.setattr(warm, "server_address", lambda: refuse("a program of the back office"))
            patch.setattr(os, "fork", lambda: refuse("a copy of itself"))
        return (yield)


def start_redis_alone(self: Any, args: Any, *rest: Any, **more: Any) -> None:
    program = args if isinstance(args, (str, os.PathLike)) else args[0]
    if Path(program).name not in QUICKLY_THERE | HELPERS:
        refuse(str(program))
    START(self, args, *rest, **more)


def refuse(program: str) -> None:
    pytest.fail(
        f"It starts {program}, which `make quick` does not wait for: mark it with @pytest.mark.processes."
    )
