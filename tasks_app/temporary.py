"""A folder for what a process writes for a while, which goes with the process however it ends.

Libraries tidy up as an interpreter ends: WeasyPrint the fonts that it unpacked, billiard a folder beside its
shared memory, Django an upload. A pool process leaves without that (`os._exit`), and any may be killed: what
it had written would stay, on hosts that run for months. So each has a folder, locked for as long as it or a
child of it lives, and whoever starts next removes those that nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from celery import signals

PREFIX = "backoffice-process-"
AFTER_LIBRARIES = -200  # multiprocessing removes its own folder at -100, and complains where that is gone

_held: list[int] = []  # descriptors of the folders of this process, and of its parents


@signals.celeryd_init.connect
@signals.worker_process_init.connect
def begin(**_: Any) -> None:
    """From now on this process writes its temporary files into a folder of its own.

    A pool process does so within its worker's.
    """
    inside = Path(tempfile.gettempdir())
    remove_abandoned(inside)
    folder = make_held(inside)
    tempfile.tempdir = str(folder)
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=AFTER_LIBRARIES)


def make_held(inside: Path) -> Path:
    """A new folder; others may take it for abandoned until it is locked, and then it is made anew."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=inside))
        holder = lock(folder)
        if holder is not None and folder.exists():
            _held.append(holder)
            return folder


def remove_abandoned(inside: Path) -> None:
    """What processes left that are gone; the folders of other users are theirs."""
    for folder in inside.glob(f"{PREFIX}*"):
        if (holder := lock(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(holder)


def lock(folder: Path) -> int | None:
    """The descriptor that holds it, also for processes forked from here; None where another does."""
    with suppress(OSError):
        holder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(holder)
        else:
            return holder
    return None
