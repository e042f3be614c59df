"""The database's time, held against the seconds that really passed: whether it jumped between two looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_app.db import shared_time

NO_JUMP = timedelta()


@dataclass(frozen=True)
class Look:
    now: datetime
    jump: timedelta = NO_JUMP  # below 0 where time went back


class TimeWatch:
    """Of one clock. Both hands are handed in by tests; summer time is none of their matter: they are in UTC.

    Seconds that the host slept count as a jump forward: workers could renew no lease meanwhile.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: shared_time.database_now(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wall, self.monotonic = wall, monotonic
        self.last: tuple[datetime, float] | None = None

    def look(self) -> Look:
        """What time it is, and by how much that is not what it should be."""
        asked = self.monotonic()
        now, answered = self.wall(), self.monotonic()
        before, self.last = self.last, (now, answered)
        if before is None:
            return Look(now)
        moved = (now - before[0]).total_seconds()
        # The answer is of some moment between question and return, of this look and of the last.
        if asked - before[1] - shared_time.JUMP < moved < answered - before[1] + shared_time.JUMP:
            return Look(now)
        return Look(now, timedelta(seconds=moved - (answered - before[1])))
