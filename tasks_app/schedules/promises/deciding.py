"""The clock's pass over promises: each day whose time has come becomes a row, once, from that day's slots."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import batched

from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from tasks_app.db.among import Among
from tasks_app.db.bad_rows import all_or_each, is_of_one_row
from tasks_app.models import Job, OnDayOff, PromiseDay, PromisedDays, SchedulePromise, Slot
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice
from tasks_app.schedules.first_run import MOVED_AT_MOST
from tasks_app.schedules.promises import causes
from tasks_app.schedules.promises.deadlines import Deadline, deadlines_of
from tasks_app.schedules.promises.judging import Verdict, judge
from tasks_app.schedules.rhythm import rule_of

logger = logging.getLogger(__name__)

BATCH = 200
# An end is stamped before its transaction commits.
SETTLED_AFTER = timedelta(seconds=30)
# After a longer time without a clock: what is older has no slots either.
MOST_DAYS = timedelta(days=62)
MOVES = (OnDayOff.BEFORE, OnDayOff.AFTER)

type Due = tuple[SchedulePromise, Deadline]


def decide_days(now: datetime, after_batch: Callable[[], object] = lambda: None) -> int:
    """Write what came of each day since the last pass; returns how many days. Two clocks write one row."""
    until, written = now - SETTLED_AFTER, [0]
    due = SchedulePromise.objects.filter(Q(next_deadline=None) | Q(next_deadline__lte=until))
    ids = list(due.order_by("next_deadline").values_list("pk", flat=True))
    for some in batched(ids, BATCH):
        all_or_each(some, partial(_decide, until=until, now=now, written=written), _refuse)
        after_batch()
    return written[0]


def _decide(ids: Sequence[int], until: datetime, now: datetime, written: list[int]) -> None:
    held = SchedulePromise.objects.select_for_update(of=("self",)).filter(Among("pk", ids))
    rows = list(held.select_related("calendar", "schedule", "schedule__options", "schedule__rule"))
    by_window: dict[tuple[datetime, datetime], list[Due]] = defaultdict(list)
    for promise in rows:
        deadlines = deadlines_of(promise)
        first = promise.next_deadline or deadlines.at(deadlines.first_day(promise.since))
        for one in deadlines.between(max(first, now - MOST_DAYS), until):
            by_window[one.since, one.at].append((promise, one))
        promise.next_deadline = deadlines.at(deadlines.first_day(until))
    days = [day for (since, at), due in by_window.items() for day in _days(since, at, due, now)]
    PromiseDay.objects.bulk_create(days, ignore_conflicts=True)
    SchedulePromise.objects.bulk_update(rows, ["next_deadline"])
    written[0] += len(days)


def _days(since: datetime, at: datetime, due: Sequence[Due], now: datetime) -> Iterable[PromiseDay]:
    """One window of time, of all promises that share it."""
    last = last_runs([promise for promise, _one in due], since, at)
    jobs = Job.objects.only("id", "state", "ended_at", "repaired_at").in_bulk(
        [slot.job_id for slots in last.values() for slot in slots if slot.job_id]
    )
    for promise, deadline in due:
        slots = last.get(promise.pk)
        if not_taken := _not_taken(promise, at):
            yield _day(promise, deadline, Verdict(False, why=not_taken), now)
        elif slots:
            yield _day(promise, deadline, judge(slots, jobs, at), now)
        elif promise.days == PromisedDays.WORKING:
            yield _day(promise, deadline, _nothing_ran(promise), now)


def last_runs(
    promises: Sequence[SchedulePromise], since: datetime, before: datetime
) -> Mapping[int, list[Slot]]:
    """By schedule, the last of its slots that were due within; several where they were due at one moment."""
    within = Q(due=None, moment__gte=since, moment__lt=before)
    moving = [one.pk for one in promises if (rule := rule_of(one.schedule)) and rule.on_day_off in MOVES]
    found = _at_their_last([one.pk for one in promises], within)
    if moving:
        own = Q(moment__gt=since - MOVED_AT_MOST, moment__lt=before + MOVED_AT_MOST)
        for pk, slots in _at_their_last(moving, own & Q(due__gte=since, due__lt=before)).items():
            both = [*found.get(pk, []), *slots]
            latest = max(_due(slot) for slot in both)
            found[pk] = [slot for slot in both if _due(slot) == latest]
    return found


def _at_their_last(ids: Sequence[int], within: Q) -> dict[int, list[Slot]]:
    slots: QuerySet[Slot] = Slot.objects.filter(within, Among("schedule_id", ids)).order_by()
    due = slots.annotate(at=Coalesce("due", "moment"))
    latest = dict(due.values_list("schedule_id").annotate(Max("at")))
    found: dict[int, list[Slot]] = defaultdict(list)
    for slot in due.filter(at__in=set(latest.values())).order_by(F("moment")):
        if slot.schedule_id is not None and _due(slot) == latest[slot.schedule_id]:
            found[slot.schedule_id].append(slot)
    return found


def _due(slot: Slot) -> datetime:
    return slot.due or slot.moment


def _not_taken(promise: SchedulePromise, before: datetime) -> Notice | None:
    """A run that was due and lies with no clock yet."""
    options = getattr(promise.schedule, "options", None)
    if options is None or options.next_slot is None or options.next_slot >= before:
        return None
    return causes.NOT_TAKEN(moment=options.next_slot)


def _nothing_ran(promise: SchedulePromise) -> Verdict:
    options = getattr(promise.schedule, "options", None)
    if not promise.schedule.enabled:
        return Verdict(False, why=causes.SWITCHED_OFF())
    if options and options.invalid:
        return Verdict(False, why=causes.CANNOT_RUN())
    return Verdict(False, why=causes.NOTHING_DUE())


def _day(promise: SchedulePromise, deadline: Deadline, verdict: Verdict, now: datetime) -> PromiseDay:
    slot = verdict.slot
    return PromiseDay(
        schedule=promise.schedule,
        schedule_name=promise.schedule.name,
        day=deadline.day,
        deadline=deadline.at,
        kept=verdict.kept,
        done_at=verdict.done_at,
        moment=slot.moment if slot else None,
        job_id=slot.job_id if slot else "",
        reason=str(verdict.why or ""),
        decided_at=now,
        **columns_of(verdict.why),
    )


def _refuse(schedule_id: int, error: Exception) -> None:
    """One that cannot be followed holds up no other; it is looked at again."""
    if not is_of_one_row(error):
        raise error
    logger.error("The promise of the schedule %d cannot be followed: %s", schedule_id, error)
