"""When a schedule makes its next job, pauses and quiet periods minded: said before it is switched on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.db import shared_time
from tasks_app.db.bad_rows import or_none
from tasks_app.display import labelled, zoned
from tasks_app.models import SchedulePause
from tasks_app.schedules.job_of_schedule import problem_of
from tasks_app.schedules.policies.around import Around
from tasks_app.schedules.rhythm import LATEST, SlotMoment, rhythm_of
from tasks_app.schedules.rhythm.preview import zone_of

JUST_BEFORE = timedelta(microseconds=1)


def after_the_pause(schedule: PeriodicTask, pause: SchedulePause) -> datetime | None:
    """Its first time once the pause has ended; None where that has no end, or there is no such time."""
    return _first_after(schedule, pause.end - JUST_BEFORE) if pause.end else None


def next_run_said(schedule: PeriodicTask, *, changed_to_on: bool = False) -> str:
    """ "Next run: Mon 30 Nov 2026, 08:00." or why there is none; nothing that has passed is made up for."""
    problem = problem_of(schedule)
    if problem:
        return str(problem)
    now = shared_time.now()
    if changed_to_on and has_passed(schedule, now):
        return _("Its one moment has passed: it has no run to come. Choose a later one, or run it now.")
    run = _first_after(schedule, now)
    if run is None:
        return _("It has no run to come: its time is over.")
    hold = Around([schedule], now, run).at(schedule, run)
    said = labelled(_("Next run"), zoned(run.astimezone(zone_of(schedule)), _("D j M Y, H:i T")))
    return f"{said}. {hold.why}" if hold else f"{said}."


def has_passed(schedule: PeriodicTask, now: datetime) -> bool:
    """Of a schedule of one moment: switched on, it would run at once for a time long gone."""
    return schedule.clocked is not None and _first_after(schedule, now) is None


def _first_after(schedule: PeriodicTask, moment: datetime) -> datetime | None:
    options = getattr(schedule, "options", None)
    rhythm = or_none(lambda: rhythm_of(schedule, options.anchor if options else moment))
    run = rhythm.next(SlotMoment(moment, LATEST)) if rhythm else None
    return run.due if run else None
