"""A clock that stands still ends itself, so that systemd, Docker or `make up` starts it anew.

Two that watch. A thread looks whether the loop goes on, and whether the process was told to end and does not;
it writes the stacks into the log first. It may itself be held up, by the interpreter's lock in C code or by a
lock of the log: so it winds up faulthandler's watchdog at each look, a thread in C that needs no lock of
Python's. Run down, that one writes the stacks to standard error and ends the process.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from celery import signals
from django.conf import settings

logger = logging.getLogger(__name__)

LOOK = 1.0  # seconds from one look of the thread to the next
# Told to end, a clock that goes on does so within a tick. Less than systemd (30 s) and Docker (45 s) wait.
GRACE = 10.0  # seconds
LAST_RESORT = 30.0  # seconds without a look of the thread
ENDING = frozenset({signal.SIGTERM, signal.SIGINT})


class Guard(threading.Thread):
    """Looks once a second whether `goes_on` was called since.

    Its own looks are what it counts, and no clock: a process or a host that was frozen stood still with it.
    """

    def __init__(self, limit: float, end: Callable[[int], Any] = os._exit) -> None:
        super().__init__(name="standstill", daemon=True)
        self.limit, self.end = limit, end
        self.steps, self.seen = 0, -1
        self.still = 0.0  # seconds without a step
        self.asked: float | None = None  # seconds since it was told to end
        self.wakeup, self.written = os.pipe()
        os.set_blocking(self.written, False)
        self.loop = threading.get_ident()  # of whoever makes it

    def goes_on(self) -> None:
        """Called by the loop after each piece of work."""
        self.steps += 1

    def hear_signals(self) -> None:
        """The interpreter writes each signal's number there as it arrives, also while the main thread waits
        in C for what never comes and can call no handler. Only the main thread may ask for it."""
        signal.set_wakeup_fd(self.written, warn_on_full_buffer=False)

    def run(self) -> None:
        while True:
            self.wind_up()
            self.look(self._signals(LOOK))

    def wind_up(self) -> None:
        if sys.__stderr__ is None:  # a program without a standard error has nowhere to say it
            return
        with contextlib.suppress(OSError, ValueError):  # nor one that has closed it
            faulthandler.dump_traceback_later(LAST_RESORT, exit=True, file=sys.__stderr__)

    def look(self, signals_heard: bytes) -> None:
        """One look, a second after the last; ends the process where it is time."""
        if self.asked is None and ENDING & set(signals_heard):
            self.asked = 0.0
        elif self.asked is not None:
            self.asked += LOOK
        self.still = 0.0 if self.steps != self.seen else self.still + LOOK
        self.seen = self.steps
        if self.asked is not None and self.asked >= GRACE:
            self.give_up("The clock was told to end %.0f s ago and does not: it is ended.", self.asked)
        elif self.still >= self.limit:
            self.give_up(
                "The clock has stood still for %.0f s: it ends, so that it is started anew.", self.still
            )

    def give_up(self, sentence: str, seconds: float) -> None:
        logger.critical(f"{sentence}\n%s", seconds, self.stacks())
        self.end(os.EX_SOFTWARE)

    def stacks(self) -> str:
        """What each thread does, the loop first."""
        frames = sorted(sys._current_frames().items(), key=lambda one: one[0] != self.loop)
        names = {one.ident: one.name for one in threading.enumerate()}
        return "\n".join(
            f"Thread {names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
            for ident, frame in frames
            if ident != self.ident
        )

    def _signals(self, patience: float) -> bytes:
        ready, _w, _x = select.select([self.wakeup], [], [], patience)
        return os.read(self.wakeup, 64) if ready else b""


_guard: Guard | None = None


def goes_on() -> None:
    """The loop has done a piece of work."""
    if _guard is not None:
        _guard.goes_on()


@signals.beat_init.connect
def start(sender: Any = None, **kwargs: Any) -> None:
    """Beat is about to begin its loop, in this thread."""
    global _guard
    _guard = Guard(settings.CLOCK_STALL.total_seconds())
    with contextlib.suppress(ValueError):  # an embedded beat has no main thread, and no signals
        _guard.hear_signals()
    _guard.start()
