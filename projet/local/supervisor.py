"""Staying up: a process that ends by itself is started again, unless it keeps ending at once."""

from __future__ import annotations

import time
from collections import Counter

from projet.local.errors import Trouble
from projet.local.processes import Processes, Running

PAUSE = 5.0  # seconds before a new start: time to see what the pages say without it
QUICK = 20.0  # seconds; a process that lived longer had started well
MOST_QUICK_DEATHS = 3
BETWEEN_LOOKS = 0.2  # seconds


class Supervisor:
    """Looks after the processes of a run, all of which stay up while one is down."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._quick_deaths: Counter[str] = Counter()
        self._due: dict[str, float] = {}  # who is down, and when (time.monotonic) it is started again

    def stay(self) -> None:
        """Look until Ctrl-C; raises Trouble when a process ended quickly three times in a row."""
        while True:
            self.look(time.monotonic())
            time.sleep(BETWEEN_LOOKS)

    def look(self, now: float) -> None:
        """Note who ended, and start again whose pause is over; `now` is time.monotonic's."""
        for one in self._processes.ended():
            if one.name not in self._due:
                self._note_death(one, now)
            elif now >= self._due[one.name]:
                del self._due[one.name]
                self._processes.start_again(one)
                print(f"  The {one.name} was started again.", flush=True)

    def _note_death(self, one: Running, now: float) -> None:
        self._processes.end_children_of(one)
        quick = now - one.started_at < QUICK
        self._quick_deaths[one.name] = self._quick_deaths[one.name] + 1 if quick else 0
        code = one.popen.returncode
        if self._quick_deaths[one.name] >= MOST_QUICK_DEATHS:
            raise Trouble(
                f"The {one.name} ended with code {code}, {MOST_QUICK_DEATHS} times within {QUICK:.0f} s of "
                "its start; everything was stopped.",
                one.name,
            )
        self._due[one.name] = now + PAUSE
        print(
            f"\n  The {one.name} ended with code {code}; it is started again in {PAUSE:.0f} s.",
            flush=True,
        )
