"""A folder with almost no room for what is written there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOM = "16k"  # no report is that small
ENOUGH = "8m"


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """Within it the folder is full, until what it gives is called.

    A file system of its own takes rights that not everybody has. Elsewhere a file stands in the folder's
    place: another error of the same call, only that no half is written before it.
    """
    folder.mkdir(parents=True)
    if _succeeds("mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder):
        try:
            yield lambda: _must("mount", "-o", f"remount,size={ENOUGH}", folder)
        finally:
            _must("umount", "--lazy", folder)
        return
    folder.rmdir()
    folder.touch()
    yield folder.unlink


def _succeeds(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _must(*command: str | Path) -> None:
    assert _succeeds(*command), f"{command[0]} failed"
