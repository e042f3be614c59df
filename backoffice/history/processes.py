"""The parts of a past, made by several processes at once and handed over in their order.

This module is imported before Django is set up, by each process that begins: it imports no model.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from threading import Thread
from typing import Any

import django
from django.utils import translation
from django.utils.translation import gettext as _

AHEAD = 2  # parts of each process that wait for the one before them: memory stays flat

_make: dict[str, Callable[[Any], Any]] = {}  # of this process


def in_order[T, R](make: Callable[[T], R], parts: Iterable[T], processes: int) -> Generator[R]:
    """What `make` makes of each. It is sent to each process once, and asks the database for nothing there.

    Raises ChildProcessError where one of them ended before its time.
    """
    if processes == 1:
        yield from map(make, parts)
        return
    pool = ProcessPoolExecutor(
        processes,
        multiprocessing.get_context("spawn"),
        _begin,
        (pickle.dumps(make), translation.get_language()),
    )
    try:
        yield from _ahead(pool, parts, AHEAD * processes)
    except BrokenProcessPool as error:
        raise ChildProcessError(
            _("A process that makes rows was ended from outside, as where memory is short.")
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(pool: ProcessPoolExecutor, parts: Iterable[Any], ahead: int) -> Iterator[Any]:
    waiting: deque[Future[Any]] = deque()
    for part in parts:
        waiting.append(pool.submit(_made, part))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Nearly all that a past makes is gone with its last reference; a tenth of the time went to looking."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


# --- In such a process ----------------------------------------------------------------------------


def _begin(make: bytes, language: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the first process ends the others
    Thread(target=_end_with_the_first, daemon=True).start()
    gc.set_threshold(200_000)
    django.setup()
    translation.activate(language)
    _make["part"] = pickle.loads(make)  # noqa: S301 - by the process that began this one


def _end_with_the_first() -> None:
    """Were it killed, this one would wait for a part for ever."""
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _made(part: Any) -> Any:
    return _make["part"](part)
