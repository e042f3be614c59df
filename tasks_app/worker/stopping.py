"""Whether the worker was told to stop: a byte that its pool processes share, for bodies that can leave early.

A soft shutdown waits for what runs, and cuts it off when its time is over. A body that works in small steps
asks here between two of them.
"""

from __future__ import annotations

import mmap

_word = mmap.mmap(-1, 1)  # anonymous and shared: made before the pool's processes are forked


def say() -> None:
    """Safe in a signal handler."""
    _word[0] = 1


def is_asked() -> bool:
    return _word[0] == 1
