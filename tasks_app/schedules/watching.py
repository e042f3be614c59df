"""The clock's look at what came of schedules: promises first, for a broken one is told too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tasks_app.schedules.health import troubles
from tasks_app.schedules.promises.deciding import decide_days
from tasks_app.schedules.told.telling import tell


def look_after_schedules(
    now: datetime, after_batch: Callable[[], object] = lambda: None, *, starting: bool = False
) -> None:
    """`starting`: the first look of a clock, before which there may have been none for long."""
    decide_days(now, after_batch)
    troubles.look(now, troubles.LONG_AGO if starting else troubles.LATELY)
    tell(now)
