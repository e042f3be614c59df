"""Counting failures by cause, a few at a time, as docs/decisions/0007 has it of all jobs that ended.

The clock calls `count` every ten seconds. It reads, by an index that only failed jobs are in, what ended
since its last look; two clocks take turns through a row lock. The first looks count all that is kept.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from tasks_app.failures.figures import UNCOUNTED
from tasks_app.failures.keys import Key
from tasks_app.failures.noting import groups_of, note
from tasks_app.failures.rows import Failed, failed_after, read_failed, read_repaired, repaired_after
from tasks_app.failures.spans import KEPT, Span, begin
from tasks_app.failures.touched import add_touched
from tasks_app.models import FailureGroup, FailureTally, TallyProgress

# An end is stamped before its transaction commits, by a host whose clock may be a little off.
SETTLED_AFTER = timedelta(seconds=30)
STEP = 2_000  # jobs of one transaction
BUDGET = 1.0  # seconds of one look
COUNTED = ["failed", "repaired", "people", "schedules", "first_at", "last_at"]


def count(now: datetime, budget: float = BUDGET) -> int:
    """Count what failed and what was repaired since the last look, for as long as the budget lasts; returns
    how many. What has not settled yet is noted: its causes have their row, and stand on top."""
    counted, deadline = 0, time.monotonic() + budget
    while step := _count_failed(now) + _count_repaired(now):
        counted += step
        if time.monotonic() > deadline:
            break
    _note_unsettled()
    for span, kept in KEPT.items():
        FailureTally.objects.filter(span=span, begins__lt=now - kept).delete()
    return counted


def begin_anew() -> None:
    """The next looks count all that is kept, from the first failure on.

    What people decided stays, and so do what the retention took and whom it touched.
    """
    with transaction.atomic():
        TallyProgress.objects.select_for_update().update(failures_until=None, repairs_until=None)
        FailureTally.objects.all().delete()
        FailureGroup.objects.update(failed=0, repaired=0)


def _locked() -> TallyProgress | None:
    """None where another clock is at it, or nothing was ever tallied."""
    return TallyProgress.objects.select_for_update(skip_locked=True).first()


# --- Failures -----------------------------------------------------------------------------------


def _count_failed(now: datetime) -> int:
    with transaction.atomic():
        progress = _locked()
        if progress is None:
            return 0
        settled = now - SETTLED_AFTER
        since = progress.failures_until
        if since is not None and since > now:
            # The time went back: what ends from here on would lie among what is counted.
            begin_anew()
            since = None
        ended = failed_after(since).filter(ended_at__lte=settled)
        next_one = ended.values_list("ended_at", flat=True)[STEP : STEP + 1].first()
        until = next_one or max(settled, since or settled)
        failed = read_failed(ended.filter(ended_at__lte=until))
        if failed:
            groups = note(failed)
            _add(groups, failed)
        if until != progress.failures_until:
            TallyProgress.objects.update(failures_until=until)
        return len(failed)


def _add(groups: Mapping[Key, FailureGroup], failed: Sequence[Failed]) -> None:
    for row in failed:
        group = groups[row.key]
        group.failed += 1
        group.first_at = min(group.first_at, row.ended_at)
        group.last_at = max(group.last_at, row.ended_at)
    add_touched(groups, failed)
    _save(groups.values())
    _add_to_tallies(
        Counter((groups[row.key].pk, int(span), begin(span, row.ended_at)) for row in failed for span in Span)
    )


def _save(groups: Iterable[FailureGroup]) -> None:
    """Their counts, in one statement; whoever else changes counts waits for the lock, too."""
    FailureGroup.objects.bulk_create(
        list(groups),
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=COUNTED,
        batch_size=500,
    )


def _add_to_tallies(counts: Mapping[tuple[int, int, datetime], int]) -> None:
    begins: dict[int, set[datetime]] = defaultdict(set)
    for _group, span, moment in counts:
        begins[span].add(moment)
    spans = Q(pk__in=[])
    for span, moments in begins.items():
        spans |= Q(span=span, begins__in=moments)
    there = FailureTally.objects.filter(spans, group__in={group for group, _span, _moment in counts})
    before = {
        (group, span, moment): had
        for group, span, moment, had in there.values_list("group_id", "span", "begins", "count")
    }
    FailureTally.objects.bulk_create(
        [
            FailureTally(
                group_id=group, span=span, begins=moment, count=more + before.get((group, span, moment), 0)
            )
            for (group, span, moment), more in counts.items()
        ],
        update_conflicts=True,
        unique_fields=["group", "span", "begins"],
        update_fields=["count"],
        batch_size=500,
    )


# --- Repairs ------------------------------------------------------------------------------------


def _count_repaired(now: datetime) -> int:
    """Of jobs whose failure is counted already, so that never more are repaired than failed."""
    with transaction.atomic():
        progress = _locked()
        if progress is None or progress.failures_until is None:
            return 0
        settled = min(now - SETTLED_AFTER, progress.failures_until)
        since = progress.repairs_until
        mended = repaired_after(since).filter(repaired_at__lte=settled)
        next_one = mended.values_list("repaired_at", flat=True)[STEP : STEP + 1].first()
        until = next_one or max(settled, since or settled)
        repaired = read_repaired(mended.filter(repaired_at__lte=until))
        if repaired:
            groups = groups_of(row.key for row in repaired)
            for row in repaired:
                if row.key in groups:
                    groups[row.key].repaired += 1
            _save(groups.values())
        if until != progress.repairs_until:
            TallyProgress.objects.update(repairs_until=until)
        return len(repaired)


# --- What has not settled -----------------------------------------------------------------------


def _note_unsettled() -> None:
    progress = TallyProgress.objects.first()
    if progress is None or progress.failures_until is None:
        return
    failed = read_failed(failed_after(progress.failures_until)[:UNCOUNTED])
    latest = {row.key: row.ended_at for row in failed}
    for key, group in note(failed).items():
        if group.last_at < latest[key]:
            FailureGroup.objects.filter(pk=group.pk, last_at__lt=latest[key]).update(last_at=latest[key])
