"""How the cleanup works through what has had its time: in small transactions, within a budget of time.

Engine and domain each name what they prune (tasks_app/retention/prunables.py, backoffice/prunables.py).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import Promise

from tasks_app.db.bad_rows import all_or_each, in_a_line, is_away

logger = logging.getLogger(__name__)

type Text = str | Promise

BATCH = 500  # rows or files of one transaction
BUDGET = timedelta(minutes=5)  # of one run; the next hour goes on from there
COUNTED_AT_MOST = 10_000  # a dry run stops counting here
# After each batch it rests for as long as it worked, so that jobs which run meanwhile keep their pace.
LONGEST_REST = 1.0  # second


# Removes at most so many from before that moment; how many it was. What cannot be removed it puts to the last
# argument, with the reason, and leaves out from then on: it stands before what can.
type Prune = Callable[[datetime, int, Refused], int]
type Refused = dict[Any, Exception]


@dataclass(frozen=True)
class Prunable:
    """One sort of thing that is removed when it is older than its retention."""

    key: str  # in the result
    label: Text
    retention: str | None  # its key in settings.RETENTION_DAYS; None where it has a term of its own
    prune: Prune
    count: Callable[[datetime, int], int]  # how many there are, counted at most so far

    @property
    def days(self) -> int:
        """How long it is kept."""
        return settings.RETENTION_DAYS[self.retention] if self.retention else 0

    def before(self, now: datetime) -> datetime:
        return now - timedelta(days=self.days)


@dataclass
class Pruned:
    """What was removed (or would be), by key, and which keys have more for the next run."""

    removed: dict[str, int] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    dry_run: bool = False
    refused: dict[str, int] = field(default_factory=dict)  # by key, rows that cannot be removed
    failed: dict[str, str] = field(default_factory=dict)  # by key, why the whole sort was left

    def as_json(self) -> dict[str, Any]:
        found = {"dry_run": self.dry_run, "removed": self.removed, "more": self.more}
        trouble = {"refused": self.refused, "failed": self.failed}
        return found | {word: said for word, said in trouble.items() if said}


def prune(
    prunables: Sequence[Prunable],
    now: datetime,
    *,
    budget: timedelta = BUDGET,
    batch: int = BATCH,
    after_batch: Callable[[], object] = lambda: None,
) -> Pruned:
    """Remove what has had its time: a batch of each sort in turn until all is done or time is up.

    A row that cannot be removed stops no other, nor does a sort of which none can.

    `after_batch` is called between two transactions; what it raises ends the run.
    """
    deadline = time.monotonic() + budget.total_seconds()
    result = Pruned({one.key: 0 for one in prunables})
    refused: dict[str, Refused] = {one.key: {} for one in prunables}
    left = list(prunables)
    while left and time.monotonic() < deadline:
        for one in list(left):
            known, began = len(refused[one.key]), time.monotonic()
            count = _prune_batch(one, now, batch, refused[one.key], result)
            result.removed[one.key] += count
            if count + len(refused[one.key]) - known < batch:
                left.remove(one)
            after_batch()
            if count:
                time.sleep(min(time.monotonic() - began, LONGEST_REST))
    result.more = [one.key for one in left]
    result.refused = {key: len(rows) for key, rows in refused.items() if rows}
    return result


def _prune_batch(one: Prunable, now: datetime, batch: int, refused: Refused, result: Pruned) -> int:
    before = set(refused)
    try:
        return one.prune(one.before(now), batch, refused)
    except Exception as error:
        if is_away(error):
            raise
        logger.exception("Cleaning up “%s” failed.", one.key)
        result.failed[one.key] = in_a_line(error)
        return 0
    finally:
        for row in refused.keys() - before:
            logger.error("%s of “%s” cannot be removed: %s", row, one.key, refused[row])


def rehearse(prunables: Sequence[Prunable], now: datetime) -> Pruned:
    """What `prune` would remove, counted up to COUNTED_AT_MOST; removes nothing."""
    result = Pruned(dry_run=True)
    for one in prunables:
        result.removed[one.key] = one.count(one.before(now), COUNTED_AT_MOST)
    result.more = [key for key, count in result.removed.items() if count >= COUNTED_AT_MOST]
    return result


def rows(
    key: str,
    label: Text,
    retention: str | None,
    old: Callable[[datetime], models.QuerySet[Any]],
    remove: Callable[[Sequence[Any]], object] | None = None,
) -> Prunable:
    """A prunable of rows: `old(before)` finds them, oldest first by an index.

    `remove` takes the ids of a batch; without it the rows are deleted.
    """

    def prune_batch(before: datetime, limit: int, refused: Refused) -> int:
        found = old(before).exclude(pk__in=list(refused)) if refused else old(before)
        ids = list(found.values_list("pk", flat=True)[:limit])
        gone = remove or (lambda some: found.model._default_manager.filter(pk__in=some).delete())
        known = len(refused)
        if ids:
            all_or_each(ids, gone, refused.__setitem__)
        return len(ids) - (len(refused) - known)

    def count(before: datetime, most: int) -> int:
        return old(before).order_by()[:most].count()

    return Prunable(key, label, retention, prune_batch, count)
