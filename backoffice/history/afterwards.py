"""What the clock would have counted of a past, once all its rows are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from backoffice.history.keepers import decide_promises
from backoffice.history.wish import Wish
from tasks_app.failures import counting as failures
from tasks_app.models import HourTally, Tally, TallyProgress
from tasks_app.monitor import counters, hourly_counts
from tasks_app.search.refolding import refold
from tasks_app.search.sweeping import start_over
from tasks_app.search.things import things


def count_anew(wish: Wish) -> None:
    """The ends of each kind from the first job on, those of each hour, and failures by cause.

    Where ends were counted before, the counts go on from there: nothing is counted twice.
    """
    if not Tally.objects.exists():
        begin = wish.first - timedelta(seconds=1)
        TallyProgress.objects.update_or_create(id=TallyProgress.ONLY, defaults={"until": begin})
    counters.count_all(wish.until)
    count_hours_anew(wish.until)
    failures.begin_anew()
    while failures.count(wish.until):
        pass


def count_hours_anew(until: datetime) -> None:
    """The charts' counts of each hour, from the rows that there are now."""
    HourTally.objects.all().delete()
    TallyProgress.objects.update(hours_until=None)
    for _look in range(hourly_counts.KEPT // (hourly_counts.STEPS * hourly_counts.HOUR) + 2):
        hourly_counts.count_hours(until)


def search_anew(_wish: Wish) -> None:
    """The clock compares the whole past with what the search has."""
    refold()
    for thing in things():
        start_over(thing.name)


# Each once all rows and indexes are there; what another table tells of the rows is added here.
AFTERWARDS: tuple[Callable[[Wish], None], ...] = (count_anew, search_anew, decide_promises)
