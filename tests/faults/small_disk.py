"""Two ways to have no room for a file: a disk that is full, and a process that may write no larger one."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.faults.house import House

ROOM = 16 * 1024  # bytes: no report is that small, so that a part of it is written
ENOUGH = 8 << 20


@contextmanager
def full_disk(house: House) -> Iterator[Callable[[], None]]:
    """The folder of files is full, until what it gives is called. It takes the right to mount."""
    folder = house.data / "files"
    folder.mkdir(parents=True, exist_ok=True)
    if not _succeeds("mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder):
        pytest.skip("no right to mount a small disk; the limit on files shows the same")
    try:
        yield lambda: _must("mount", "-o", f"remount,size={ENOUGH}", folder)
    finally:
        _must("umount", "--lazy", folder)


@contextmanager
def small_files(house: House) -> Iterator[Callable[[], None]]:
    """The processes that run jobs are limited, until what it gives is called."""
    pool = psutil.Process(house.process("worker1").pid).children()

    def limit(size: int) -> None:
        for process in pool:
            process.rlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    limit(ROOM)
    yield lambda: limit(resource.RLIM_INFINITY)


def _succeeds(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _must(*command: str | Path) -> None:
    assert _succeeds(*command), f"{command[0]} failed"
