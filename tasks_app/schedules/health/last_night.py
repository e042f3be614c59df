"""What did not run within some hours, and why: slots that came to nothing, and schedules that had none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from typing import Any

from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import or_none
from tasks_app.models import OPEN, Job, ScheduleOptions, Slot, SlotState
from tasks_app.notices import Notice
from tasks_app.schedules.health import causes
from tasks_app.schedules.health.troubles import NOT_TAKEN
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import LATEST, SlotMoment, rhythm_of
from tasks_app.zones import aware

EVENING, MORNING = time(18), time(9)
ONE_DAY = timedelta(days=1)
# A run is decided when a clock takes it: after a downtime that may be much later.
DECIDED_WITHIN = timedelta(days=7)
NOT_RUN = (SlotState.FAILED, SlotState.MISSED, SlotState.SKIPPED)
MOST_SLOTS, MOST_SCHEDULES = 2_000, 200


@dataclass
class NotRun:
    """A schedule with runs that came to nothing; of several the last is told, and how many there were."""

    schedule_id: int | None
    name: str
    moment: datetime
    state: str
    why: Any  # a sentence, lazy or not
    job_id: str = ""
    count: int = 1


@dataclass
class Night:
    """From an evening to the next morning, on the office's wall; until now where that is to come."""

    begin: datetime
    end: datetime
    found: list[NotRun] = field(default_factory=list)
    more: bool = False  # than could be read


def night_before(day: date) -> tuple[datetime, datetime]:
    """From six in the evening to nine in the morning of that day."""
    return aware(datetime.combine(day - ONE_DAY, EVENING)), aware(datetime.combine(day, MORNING))


def not_run(begin: datetime, end: datetime, now: datetime) -> Night:
    """By schedule, what did not run of what was due within; the worst reasons first."""
    end = min(end, now)
    slots = Slot.objects.filter(
        state__in=NOT_RUN, decided_at__gte=begin, decided_at__lt=end + DECIDED_WITHIN, moment__lt=end
    )
    rows = list(slots.filter(moment__gte=begin).order_by("decided_at")[: MOST_SLOTS + 1])
    night = Night(begin, end, more=len(rows) > MOST_SLOTS)
    repaired = Job.objects.repaired().filter(pk__in=[row.job_id for row in rows if row.job_id])
    done_since = set(repaired.values_list("pk", flat=True))
    night.found = list(_by_schedule(row for row in rows[:MOST_SLOTS] if row.job_id not in done_since))
    known = {one.schedule_id for one in night.found}
    for more in (_not_ended(begin, end), _not_taken(begin, end), _that_are_off(begin, end, now)):
        fresh = [one for one in more if one.schedule_id not in known]
        night.found += fresh
        known |= {one.schedule_id for one in fresh}
    night.found.sort(key=lambda one: (ORDER.get(one.state, len(ORDER)), one.name))
    return night


ORDER = {
    state: number
    for number, state in enumerate(
        (SlotState.FAILED, SlotState.MISSED, SlotState.QUEUED, SlotState.SKIPPED, "off")
    )
}


def _by_schedule(slots: Iterable[Slot]) -> Iterator[NotRun]:
    found: dict[Any, NotRun] = {}
    for slot in sorted(slots, key=lambda one: one.moment):
        key = slot.schedule_id or slot.schedule_name
        count = found[key].count + 1 if key in found else 1
        found[key] = NotRun(
            slot.schedule_id,
            slot.schedule_name,
            slot.moment,
            slot.state,
            slot.reason_text,
            slot.job_id,
            count,
        )
    yield from found.values()


def _not_ended(begin: datetime, end: datetime) -> Iterator[NotRun]:
    jobs = Job.objects.filter(state__in=OPEN, scheduled_for__gte=begin, scheduled_for__lt=end - NOT_TAKEN)
    ids = list(jobs.order_by("-created_at").values_list("pk", flat=True)[:MOST_SLOTS])
    for slot in Slot.objects.filter(job_id__in=ids, state=SlotState.QUEUED):
        yield _told(
            slot.schedule_id, slot.schedule_name, slot.moment, slot.state, causes.STILL_GOES_ON(), slot
        )


def _not_taken(begin: datetime, end: datetime) -> Iterator[NotRun]:
    rows = ScheduleOptions.objects.filter(
        schedule__enabled=True, next_slot__gte=begin, next_slot__lt=end - NOT_TAKEN
    )
    for pk, name, moment in rows.values_list("pk", "schedule__name", "next_slot")[:MOST_SCHEDULES]:
        if moment is not None:
            yield _told(pk, name, moment, SlotState.MISSED, causes.NOBODY_TAKES())


def _that_are_off(begin: datetime, end: datetime, now: datetime) -> Iterator[NotRun]:
    """Those that would have run: switched off, or set aside as what cannot run."""
    off = PeriodicTask.objects.filter(enabled=False, one_off=False)
    broken = PeriodicTask.objects.filter(enabled=True).exclude(options__invalid="").exclude(options=None)
    for rows, cause in ((off, causes.IS_OFF()), (broken, None)):
        some = with_rhythms(rows.select_related("options").order_by("name"))[:MOST_SCHEDULES]
        for schedule in some:
            moment = or_none(partial(_would_have_run, schedule, begin, end, now))
            if moment is not None:
                why = cause or causes.CANNOT_RUN(why=schedule.options.said)
                yield _told(schedule.pk, schedule.name, moment, "off", why)


def _would_have_run(schedule: PeriodicTask, begin: datetime, end: datetime, now: datetime) -> datetime | None:
    options = getattr(schedule, "options", None)
    rhythm = rhythm_of(schedule, options.anchor if options else now)
    first = next(islice(rhythm.following(SlotMoment(begin - timedelta(microseconds=1), LATEST)), 1), None)
    return first.due if first and first.due < end else None


def _told(
    pk: int | None, name: str, moment: datetime, state: str, why: Notice, slot: Slot | None = None
) -> NotRun:
    return NotRun(pk, name, moment, state, str(why), slot.job_id if slot else "")
