"""Who keeps the schedules of a past: whose they are, what is promised, a pause that is over, quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django_celery_beat.models import PeriodicTask

from backoffice.history.cast import Cast
from backoffice.history.jobs import REPORT
from backoffice.history.keeping import Kept
from backoffice.history.slots import ACTIVITY, REMINDER, YESTERDAY, DueSlot
from backoffice.history.wish import Wish
from tasks_app.models import QuietPeriod, ScheduleFollower, ScheduleOwner, SchedulePause, SchedulePromise
from tasks_app.schedules.owners import may_launch
from tasks_app.schedules.policies.windows import span_at
from tasks_app.schedules.promises.deciding import decide_days

HOUR = timedelta(hours=1)
PROMISED = time(8)  # half an hour after it is due
AWAY = "The accountant is away."


def keep(
    cast: Cast, wish: Wish, made: Sequence[PeriodicTask], due: Sequence[DueSlot]
) -> SchedulePause | None:
    """Of the schedules that this past made: those that were there before are somebody's already.

    Returns the pause, whose times are to be skipped.
    """
    by_name = {schedule.name: schedule for schedule in made}
    for name, person in ((YESTERDAY, cast.staff), (ACTIVITY, cast.manager), (REMINDER, cast.staff)):
        if name in by_name:
            _give(by_name[name], [person, cast.staff, cast.support], wish.first)
    if YESTERDAY in by_name:
        _follow(by_name[YESTERDAY], cast.support, wish.first)
        _promise(by_name[YESTERDAY], due, wish)
    _quiet_hours(due)
    return _pause(by_name[REMINDER], due, cast.staff, Kept.at(wish.until)) if REMINDER in by_name else None


def decide_promises(wish: Wish) -> None:
    """As the clock decides them, once all slots and jobs are there."""
    decide_days(wish.until)


def _give(schedule: PeriodicTask, people: Sequence[User], since: datetime) -> None:
    """To the first who may launch its job: it runs with their rights."""
    owner = next((one for one in people if may_launch(one, schedule)), None)
    if owner is not None:
        ScheduleOwner.objects.create(schedule=schedule, owner=owner, since=since)
        _follow(schedule, owner, since)


def _follow(schedule: PeriodicTask, user: User, since: datetime) -> None:
    ScheduleFollower.objects.get_or_create(schedule=schedule, user=user, defaults={"since": since})


def _promise(schedule: PeriodicTask, due: Sequence[DueSlot], wish: Wish) -> None:
    """From its first time on that this past keeps: before, nothing would be known of it."""
    kept = Kept.at(wish.until)
    since = max(kept.jobs, kept.audit) + timedelta(days=1)
    begun = [one.moment for one in due if one.schedule.pk == schedule.pk and one.moment > since]
    if begun:
        given = {"done_by": PROMISED, "zone": settings.TIME_ZONE, "since": min(begun) - HOUR}
        SchedulePromise.objects.create(schedule=schedule, **given)


def _quiet_hours(due: Sequence[DueSlot]) -> None:
    """Of Sunday nights, where nothing of this past would have been held up by them."""
    given = {"kind": REPORT, "weekdays": "7", "from_time": time(1), "until_time": time(4)}
    quiet = QuietPeriod(name="Upkeep of the reports' storage", **given)
    held = any(span_at(quiet, one.moment) for one in due if one.schedule.task == REPORT)
    if not held and not QuietPeriod.objects.filter(name=quiet.name).exists():
        quiet.save()


def _pause(schedule: PeriodicTask, due: Sequence[DueSlot], by: User, kept: Kept) -> SchedulePause | None:
    """Over two of its last times, which a clock was there to skip."""
    times = [one for one in due if one.schedule.pk == schedule.pk][-3:]
    if len(times) < 3 or any(one.missed for one in times[:2]) or times[0].moment - HOUR < kept.jobs:
        return None
    begin, end = times[0].moment - HOUR, times[1].moment + HOUR
    return SchedulePause.objects.create(schedule=schedule, begins_at=begin, until=end, reason=AWAY, by=by)
