"""What is wrong with which schedule now: kept from when it began until it is over, one at a time.

The clock looks at those that something may be wrong with, each found by an index, and asks of these alone
what came of their last run. Two clocks that look write one row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django_celery_beat.models import PeriodicTask

from tasks_app.db.among import Among
from tasks_app.models import (
    Job,
    PromiseDay,
    ScheduleOptions,
    SchedulePromise,
    ScheduleTrouble,
    Slot,
    SlotState,
)
from tasks_app.notices import Notice, in_each_language
from tasks_app.schedules import causes as schedule_causes
from tasks_app.schedules.health import causes

# A run that was decided longer ago was looked at while it was new; but for a clock that has just begun.
LATELY, LONG_AGO = timedelta(days=1), timedelta(days=40)
# The clock looks every second; a job waits for a free worker.
NOT_TAKEN, WAITS = timedelta(minutes=2), timedelta(minutes=15)
MOST = 1_000  # jobs that wait, looked at
# A slot that was skipped on purpose says nothing of how the schedule does.
TELLING_SKIPS = (
    schedule_causes.PASSED_OVER.code,
    schedule_causes.OWNER_LEFT.code,
    schedule_causes.OWNER_MAY_NOT.code,
)
TELLING = Q(state__in=[SlotState.DONE, SlotState.LATE, SlotState.FAILED, SlotState.MISSED]) | Q(
    state=SlotState.SKIPPED, cause__in=TELLING_SKIPS
)

type Found = dict[int, Notice]


def look(now: datetime, lately: timedelta = LATELY) -> int:
    """Write what began and what is over; returns how many that were.

    `lately`: since when slots are looked at that nobody has looked at yet.
    """
    going_on = set(ScheduleTrouble.objects.filter(ended_at=None).values_list("schedule_id", flat=True))
    found = troubles(going_on | suspects(now, lately), now)
    over = going_on - found.keys()
    if over:
        ScheduleTrouble.objects.filter(Among("schedule_id", over), ended_at=None).update(ended_at=now)
    begun = [pk for pk in found if pk not in going_on]
    ScheduleTrouble.objects.bulk_create(
        [
            ScheduleTrouble(schedule_id=pk, cause=found[pk].code, params=dict(found[pk].params), began_at=now)
            for pk in begun
        ],
        ignore_conflicts=True,
    )
    return len(over) + len(begun)


def suspects(now: datetime, since: timedelta = LATELY) -> set[int]:
    """Schedules that something may be wrong with."""
    lately = Slot.objects.filter(
        state__in=[SlotState.FAILED, SlotState.LATE, SlotState.MISSED, SlotState.SKIPPED],
        decided_at__gte=now - since,
    )
    broken = PromiseDay.objects.filter(kept=False, day__gte=(now - since - LATELY).date())
    options = ScheduleOptions.objects.filter(schedule__enabled=True)
    questions: list[Iterable[int | None]] = [
        lately.order_by().values_list("schedule_id", flat=True).distinct(),
        broken.order_by().values_list("schedule_id", flat=True).distinct(),
        options.exclude(invalid="").values_list("pk", flat=True),
        options.filter(next_slot__lt=now - NOT_TAKEN).values_list("pk", flat=True),
        _that_wait(now),
    ]
    return {pk for asked in questions for pk in asked if pk is not None}


def troubles(ids: Collection[int], now: datetime) -> Found:
    """What is wrong with these, by schedule; those that are well are left out."""
    if not ids:
        return {}
    rows = PeriodicTask.objects.filter(Among("pk", ids)).select_related("options")
    slots = Slot.objects.filter(TELLING, schedule=OuterRef("pk")).order_by("-moment")
    days = PromiseDay.objects.filter(schedule=OuterRef("pk")).order_by("-day")
    asked = list(
        rows.annotate(
            last_slot=Subquery(slots.values("pk")[:1]),
            last_day=Subquery(days.values("pk")[:1]),
            promised=Exists(SchedulePromise.objects.filter(schedule=OuterRef("pk"))),
        )
    )
    looked_at = _Looked(
        Slot.objects.in_bulk([one.last_slot for one in asked if one.last_slot]),
        PromiseDay.objects.in_bulk([one.last_day for one in asked if one.last_day]),
        _waiting_since(ids, now),
    )
    found = {one.pk: looked_at.trouble_of(one, now) for one in asked}
    return {pk: notice for pk, notice in found.items() if notice is not None}


class _Looked:
    """The rows by which some schedules are judged."""

    def __init__(
        self, slots: Mapping[Any, Slot], days: Mapping[Any, PromiseDay], waiting: Mapping[int, datetime]
    ) -> None:
        self.slots, self.days, self.waiting = slots, days, waiting
        failed = [slot.job_id for slot in slots.values() if slot.state == SlotState.FAILED]
        self.repaired = set(Job.objects.repaired().filter(pk__in=failed).values_list("pk", flat=True))

    def trouble_of(self, schedule: Any, now: datetime) -> Notice | None:
        """The first of what is wrong, the worst first."""
        questions: list[Callable[[], Notice | None]] = [
            lambda: self._cannot_run(schedule, now),
            lambda: self._last_run(schedule),
            lambda: self._waits(schedule),
        ]
        asked = questions if schedule.enabled else []
        return next((found for ask in asked if (found := ask())), None) or self._promise(schedule)

    def _cannot_run(self, schedule: Any, now: datetime) -> Notice | None:
        options = getattr(schedule, "options", None)
        if options is None:
            return None
        if options.invalid:
            return causes.CANNOT_RUN(why=in_each_language(lambda: options.said))
        if options.next_slot and options.next_slot < now - NOT_TAKEN:
            return causes.NOT_TAKEN(moment=options.next_slot)
        return None

    def _last_run(self, schedule: Any) -> Notice | None:
        slot = self.slots.get(schedule.last_slot)
        if slot is None or slot.state == SlotState.DONE or slot.job_id in self.repaired:
            return None
        if slot.state == SlotState.LATE:
            return causes.LATE(moment=slot.moment)
        wording = causes.FAILED if slot.state == SlotState.FAILED else causes.PASSED_OVER
        return wording(moment=slot.moment, why=in_each_language(lambda: slot.reason_text))

    def _waits(self, schedule: Any) -> Notice | None:
        moment = self.waiting.get(schedule.pk)
        return causes.WAITS(moment=moment) if moment else None

    def _promise(self, schedule: Any) -> Notice | None:
        day = self.days.get(schedule.last_day)
        if day is None or day.kept or not schedule.promised:
            return None
        return causes.BROKEN(day=day.day, why=in_each_language(lambda: day.said))


def _jobs_that_wait(now: datetime) -> list[str]:
    waiting = Job.objects.due(now).filter(created_at__lt=now - WAITS, scheduled_for__isnull=False)
    return list(waiting.order_by("-created_at").values_list("pk", flat=True)[:MOST])


def _that_wait(now: datetime) -> Iterable[int | None]:
    return Slot.objects.filter(job_id__in=_jobs_that_wait(now)).values_list("schedule_id", flat=True)


def _waiting_since(ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """By schedule, the first of its runs that wait for longer than they should."""
    slots = Slot.objects.filter(job_id__in=_jobs_that_wait(now)).order_by("-moment")
    rows = slots.values_list("schedule_id", "moment")
    return {pk: moment for pk, moment in rows if pk is not None and pk in ids}
