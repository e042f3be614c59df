"""Which run comes first once a schedule was changed, and what becomes of one that no clock took by then."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_celery_beat.models import PeriodicTask

from tasks_app.calendars.working_days import LONGEST_CLOSURE
from tasks_app.models.schedule import ScheduleOptions, Slot, SlotState
from tasks_app.schedules import causes
from tasks_app.schedules.rhythm import LATEST, Rhythm, SlotMoment, rule_of
from tasks_app.schedules.slot_rows import slot_of

JUST_BEFORE = timedelta(microseconds=1)
LONGEST_WAIT = timedelta(minutes=1)  # of a change, for the clocks that have the schedule's row
MOVED_AT_MOST = timedelta(days=LONGEST_CLOSURE + 1)


def due_by(options: ScheduleOptions, moment: datetime) -> SlotMoment | None:
    """The run that waits for a clock since before that moment."""
    if options.next_slot is None or options.next_slot > moment:
        return None
    return SlotMoment(options.next_slot, options.next_nominal or options.next_slot)


def stays(rhythm: Rhythm, waiting: SlotMoment, first: SlotMoment | None) -> bool:
    """Whether the run that no clock took yet is one of the changed rhythm's too, and its last so far."""
    before = SlotMoment(waiting.due - JUST_BEFORE, LATEST)
    return rhythm.next(before) == waiting and rhythm.next(waiting) == first


def first_slot(schedule: PeriodicTask, rhythm: Rhythm, since: datetime) -> SlotMoment | None:
    """Its next run after that moment which has no slot yet; None where there is none to come."""
    moment = before_its_moment(schedule)
    if moment is None:
        return _undecided(schedule, rhythm, rhythm.next(SlotMoment(since, LATEST)), since)
    # A moment that has passed already runs at once, as beat has it; but each moment only once.
    run = rhythm.next(SlotMoment(moment, LATEST))
    return None if run is None or _has_slot(schedule, run) else run


def _undecided(
    schedule: PeriodicTask, rhythm: Rhythm, run: SlotMoment | None, since: datetime
) -> SlotMoment | None:
    """This run, or the first after it that no clock decided while the change waited for it."""
    while run and run.due < since + LONGEST_WAIT and _has_slot(schedule, run):
        run = rhythm.next(run)
    return run


def _has_slot(schedule: PeriodicTask, run: SlotMoment) -> bool:
    return Slot.objects.filter(schedule_id=schedule.pk, moment=run.nominal).exists()


def before_its_moment(schedule: PeriodicTask) -> datetime | None:
    """Of a schedule of one moment: from where that is found, wherever it was moved to."""
    if schedule.clocked is None:
        return None
    moment: datetime = schedule.clocked.clocked_time
    return moment - (MOVED_AT_MOST if rule_of(schedule) else JUST_BEFORE)


def overtaken_slot(options: ScheduleOptions, run: SlotMoment, now: datetime) -> Slot:
    """That the schedule was changed before any clock took this run; it stands for all that was due."""
    return slot_of(options.schedule, now, run, SlotState.SKIPPED, causes.OVERTAKEN(), version=options.version)
