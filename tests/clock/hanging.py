"""Settings of a clock that stands still as soon as a file is there: deaf to signals, or deep in C code.

Deaf as psycopg is in a finalizer: what a signal's handler raises there is swallowed, and it waits on.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import signals

from projet.settings import *  # noqa: F403

FOLDER = Path(os.environ["HANGING_FOLDER"])


class Closed:
    """Its finalizer waits for a lock that its own thread holds."""

    def __del__(self) -> None:
        lock = threading.Lock()
        lock.acquire()
        while not lock.acquire():
            pass


def deaf() -> None:
    while True:
        Closed()


def in_c() -> None:
    """It holds the interpreter's lock: no other thread of Python's goes on."""
    re.fullmatch(r"(a|a)*b", "a" * 60)


WAYS: dict[str, Callable[[], None]] = {"deaf": deaf, "in_c": in_c}


@signals.beat_init.connect(weak=False)
def hang_in_a_look(**_: Any) -> None:
    from tasks_app.monitor import counters

    count: Callable[..., int] = counters.count_ended

    def count_or_hang(*args: Any) -> int:
        for name, hang in WAYS.items():
            if (FOLDER / name).exists():
                (FOLDER / f"{name}-hangs").touch()
                hang()
        return count(*args)

    vars(counters)["count_ended"] = count_or_hang
