"""What was held back is let go once nothing stands against it; what cannot run any more is skipped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.models import Between, Job, ScheduleOptions, Slot, SlotState
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice
from tasks_app.schedules.job_of_schedule import (
    Check,
    cannot_be_dealt_with,
    check_call,
    job_of,
    problem_of,
)
from tasks_app.schedules.owners import withhold
from tasks_app.schedules.planning import BATCH, with_rhythms
from tasks_app.schedules.policies import causes
from tasks_app.schedules.policies.around import Around
from tasks_app.schedules.policies.going import Going
from tasks_app.schedules.slot_rows import MOST_MISSED_RUNS, Hold, count_runs, give

WRITTEN = ["state", "reason", "cause", "cause_params", "held_until", "job_id"]


type Slots = QuerySet[Slot, Slot]


@dataclass
class LetGo:
    """What came of the held slots of one batch; rows are saved by `_write`."""

    jobs: list[Job] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    to_stop: list[str] = field(default_factory=list)


def waits(slot: Slot) -> bool:
    """Whether it is held back by a run that still goes on; all others wait for a moment."""
    return slot.cause in causes.WAITING_CODES


def let_go(now: datetime, *, waiting: bool = False) -> Iterator[LetGo]:
    """Each batch of schedules with slots whose hold may be over, those that were held first before others.

    With `waiting` those alone that wait for another run to end: what is due now must not overtake them, while
    of a pause that is over all times must be there before one of them stands for the others. Each batch is
    committed as it is handed out: the caller stops what is to be stopped.
    """
    due = _due(now).filter(cause__in=causes.WAITING_CODES) if waiting else _due(now)
    orphans = Slot.objects.filter(state=SlotState.HELD, schedule=None)
    orphans.update(**_changes(SlotState.SKIPPED, causes.SCHEDULE_GONE()))
    rows = due.order_by("decided_at", "moment", "pk").values_list("schedule_id", flat=True)
    for ids in batched(dict.fromkeys(rows), BATCH):
        yield from _let_go_or_each(ids, due, now)


def _let_go_or_each(ids: Sequence[int], due: Slots, now: datetime) -> Iterator[LetGo]:
    try:
        with transaction.atomic():
            done = _let_go(ids, due, now)
    except Exception as error:
        if not is_of_one_row(error):
            raise
        if len(ids) > 1:
            for pk in ids:
                yield from _let_go_or_each([pk], due, now)
            return
        held = due.filter(schedule__in=ids)
        held.update(**_changes(SlotState.SKIPPED, cannot_be_dealt_with(error)))
        return
    yield done


def _let_go(ids: Sequence[int], due: Slots, now: datetime) -> LetGo:
    locked = ScheduleOptions.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=ids)
    rows = {options.pk: options for options in with_rhythms(locked.select_related("schedule"), "schedule__")}
    held = _held_of(list(rows), due)
    if not held:
        return LetGo()
    since = min(slot.due or slot.moment for slots in held.values() for slot in slots)
    schedules = [rows[pk].schedule for pk in held]
    withhold([rows[pk] for pk in held])
    around, going = Around(schedules, since, now), Going(schedules, now, let_go=True)
    check, done = cache(check_call), LetGo()
    for pk, slots in held.items():
        _Release(rows[pk], slots, around, going, check).into(done)
    done.to_stop = going.to_stop
    _write(done, now)
    return done


def _held_of(ids: list[int], due: Slots) -> dict[int, list[Slot]]:
    """The newest held slots of these schedules, oldest first, in the order in which they were held.

    What a long hold piled up beyond those that can run is passed over here, in a statement a schedule.
    """
    rank = Window(RowNumber(), partition_by=F("schedule_id"), order_by=F("moment").desc())
    newest = due.filter(schedule__in=ids).annotate(rank=rank).filter(rank__lte=MOST_MISSED_RUNS + 1)
    found: dict[int, list[Slot]] = defaultdict(list)
    for slot in sorted(newest, key=lambda one: (one.decided_at, one.moment, one.pk)):
        found[slot.schedule_id or 0].append(slot)
    for pk, slots in found.items():
        if len(slots) > MOST_MISSED_RUNS:
            older = due.filter(schedule=pk, moment__lte=min(slot.moment for slot in slots))
            older.update(**_changes(SlotState.SKIPPED, causes.TOO_MANY_HELD(number=MOST_MISSED_RUNS)))
            found[pk] = sorted(slots, key=lambda one: one.moment)[1:]
    return found


@dataclass
class _Release:
    """Of one schedule: what becomes of its slots that were held back."""

    options: ScheduleOptions
    slots: list[Slot]
    around: Around
    going: Going
    check: Check

    def into(self, done: LetGo) -> None:
        problem = self._why_none_runs()
        if problem:
            done.slots += [give(slot, SlotState.SKIPPED, problem) for slot in self.slots]
            return
        hold = self.around.at(self.options.schedule, self.around.now)
        if hold is not None:
            done.slots += [changed for slot in self.slots if (changed := _held_on(slot, hold))]
            return
        chosen = self._chosen(done)
        for slot in chosen:
            self._start(slot, done)

    def _why_none_runs(self) -> Notice | None:
        schedule = self.options.schedule
        if not schedule.enabled and not schedule.one_off:  # a one-off was switched off as its slot was held
            return causes.SWITCHED_OFF()
        return self.options.withheld or problem_of(schedule, self.check)

    def _chosen(self, done: LetGo) -> list[Slot]:
        """Those that run: the last one of a hold of which one is to run, each one of the others."""
        schedule = self.options.schedule
        between = {slot.pk: self.around.between(schedule, slot) for slot in self.slots}
        last = max(self.slots, key=lambda slot: slot.moment)
        chosen = []
        for slot in self.slots:
            if slot is last or (between[slot.pk] == Between.EACH and not schedule.one_off):
                chosen.append(slot)
            else:
                why = causes.RAN_AT_THE_END(moment=last.due or last.moment)
                done.slots.append(give(slot, SlotState.SKIPPED, why))
        return chosen

    def _start(self, slot: Slot, done: LetGo) -> None:
        schedule, now = self.options.schedule, self.around.now
        hold = self.going.hold(schedule, slot.moment)
        if hold is not None:
            changed = _held_on(slot, hold)
            done.slots += [changed] if changed else []
            return
        job = job_of(schedule, now, moment=slot.moment)
        slot.job_id, slot.held_until = job.id, now
        done.slots.append(give(slot, SlotState.QUEUED, slot.notice))
        done.jobs.append(job)


def _held_on(slot: Slot, hold: Hold) -> Slot | None:
    """The slot as it is held on, or passed over now; None where nothing changed, as nearly always."""
    before = (slot.state, slot.held_until, slot.cause, slot.cause_params)
    give(slot, hold.state, hold.why)
    if not (hold.held and hold.why.code in causes.WAITING_CODES) or slot.held_until is None:
        slot.held_until = hold.until
    return None if before == (slot.state, slot.held_until, slot.cause, slot.cause_params) else slot


def _write(done: LetGo, now: datetime) -> None:
    if done.slots:
        Slot.objects.bulk_create(
            done.slots, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN, batch_size=BATCH
        )
    if done.jobs:
        count_runs(
            Counter(slot.schedule_id or 0 for slot in done.slots if slot.state == SlotState.QUEUED), now
        )
        publish_after_commit(insert_jobs(done.jobs))


def _due(now: datetime) -> Slots:
    return Slot.objects.filter(state=SlotState.HELD, held_until__lte=now, schedule__isnull=False)


def _changes(state: SlotState, why: Notice) -> dict[str, Any]:
    return {"state": state, "reason": str(why), **columns_of(why)}
