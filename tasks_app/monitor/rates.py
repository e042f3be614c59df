"""How fast work is done, by queue and by worker: counted in the jobs that ended last, when it is asked.

The tallies (`counters`, `hourly_counts`) know neither queue nor worker, and end half a minute ago. What was
cancelled before it started is no work done, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_app.display import span
from tasks_app.models import Job

# The last minutes tell best how it goes on; a queue of a few long jobs is told by the last hour.
SHORT, LONG = timedelta(minutes=5), timedelta(hours=1)
READ = 2_000  # jobs at most; where more ended, the latest of them tell
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Rate:
    """How many ended, and in how long a time until now."""

    ended: int
    over: timedelta

    @property
    def per_minute(self) -> float:
        return self.ended / (self.over / MINUTE)

    def __str__(self) -> str:
        """ "12 a minute", or "3 an hour" of what is slower; "none in 1 h 00 min"."""
        if not self.ended:
            return _("none in %(span)s") % {"span": span(self.over)}
        is_fast = self.per_minute >= 1
        count = self.per_minute if is_fast else self.ended / (self.over / HOUR)
        said = _("%(count)s a minute") if is_fast else _("%(count)s an hour")
        return said % {"count": number_format(count, 0 if count >= 10 else 1, force_grouping=True)}


class _Ended(NamedTuple):
    at: datetime
    queue: str
    worker: str


@dataclass(frozen=True)
class EndedLately:
    """What ended in the last hour or, where that is too much to read, lately."""

    now: datetime
    jobs: list[_Ended]  # the latest first
    reach: timedelta  # how far back they go

    def of_queue(self, name: str) -> Rate:
        return self._rate(lambda job: job.queue == name)

    def of_worker(self, name: str) -> Rate:
        return self._rate(lambda job: job.worker == name)

    def _rate(self, of_it: Callable[[_Ended], bool]) -> Rate:
        ends = [job.at for job in self.jobs if of_it(job)]
        for over in (min(SHORT, self.reach), self.reach):
            if ended := sum(end >= self.now - over for end in ends):
                return Rate(ended, over)
        return Rate(0, self.reach)


def ended_lately(now: datetime) -> EndedLately:
    """A bounded number of rows, found by an index. What a host that is ahead dates later ended now."""
    latest = Job.objects.filter(ended_at__gte=now - LONG).order_by("-ended_at")
    rows = list(latest.values_list("ended_at", "queue", "worker", "started_at")[: READ + 1])
    more = len(rows) > READ
    jobs = [_Ended(at, queue, worker) for at, queue, worker, started in rows[:READ] if at and started]
    oldest = rows[READ - 1][0] if more else None
    reach = min(max(now - oldest, timedelta(seconds=1)), LONG) if oldest else LONG
    return EndedLately(now, jobs, reach)


def about(time: timedelta) -> str:
    """As people say how long something will take: "about 4 min"."""
    if time < MINUTE:
        return _("less than a minute")
    if time < HOUR:
        minutes = ceil(time / MINUTE)
        return ngettext("about %(count)d min", "about %(count)d min", minutes) % {"count": minutes}
    if time < DAY:
        return _("about %(span)s") % {"span": span(time)}
    days = round(time / DAY)
    return ngettext("about %(count)d day", "about %(count)d days", days) % {"count": days}
