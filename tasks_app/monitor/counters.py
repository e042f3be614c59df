"""Counting the jobs that ended, a few at a time: see docs/decisions/0007.

The clock calls `count_ended` every ten seconds. It reads, by an index, only what ended since its last
look; two clocks take turns through a row lock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tasks_app.models import Job, Tally, TallyProgress
from tasks_app.monitor.ended_sums import Key, Sum, summed, summed_there
from tasks_app.monitor.repeated_time import Counted

# An end is stamped before its transaction commits, by a host whose clock may be a little off.
SETTLED_AFTER = timedelta(seconds=30)
STEP = 5_000  # jobs counted in one look


def count_ended(now: datetime) -> int:
    """Count what ended since the last look; returns how many. The first look only notes where to begin."""
    if not TallyProgress.objects.exists():
        TallyProgress.objects.bulk_create([TallyProgress(until=now - SETTLED_AFTER)], ignore_conflicts=True)
    with transaction.atomic():
        progress = TallyProgress.objects.select_for_update(skip_locked=True).first()
        if progress is None:  # another clock is at it
            return 0
        counted = Counted.of(progress)
        counted.begin_at(now)
        ended = Job.objects.filter(ended_at__gt=counted.until, ended_at__lte=now - SETTLED_AFTER)
        ended = ended.order_by("ended_at")
        last = ended.values_list("ended_at", flat=True)[STEP : STEP + 1].first()
        until = last or max(now - SETTLED_AFTER, counted.until)
        sums = counted.not_yet(summed(ended.filter(ended_at__lte=until)), until)
        for key, found in sums.items():
            _add(key, found)
        counted.keep(progress)
    return sum(found.count for found in sums.values())


def count_all(now: datetime) -> int:
    """What `count_ended` counts, all that is left of it in one question: for a past of millions."""
    with transaction.atomic():
        progress = TallyProgress.objects.select_for_update().get()
        until = max(now - SETTLED_AFTER, progress.until)
        sums = summed_there(Job.objects.filter(ended_at__gt=progress.until, ended_at__lte=until))
        for key, found in sums.items():
            _add(key, found)
        TallyProgress.objects.update(until=until)
    return sum(found.count for found in sums.values())


def _add(key: Key, found: Sum) -> None:
    """Under the lock on the progress row, so that nothing is added twice."""
    kind, outcome = key
    tally, _made = Tally.objects.get_or_create(kind=kind, outcome=outcome)
    before = tally.buckets
    if len(before) != len(found.buckets):  # new, or of other bounds: what it had counted stays in `count`
        before = [0] * len(found.buckets)
    tally.count += found.count
    tally.seconds += found.seconds
    tally.buckets = [one + more for one, more in zip(before, found.buckets, strict=True)]
    tally.save()
