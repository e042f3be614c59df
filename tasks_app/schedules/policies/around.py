"""Pauses and quiet periods around the schedules of one batch: asked for all of them at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from celery import current_app
from django.db.models import Q
from django_celery_beat.models import PeriodicTask

from tasks_app.ledger.causes import PAUSED_AFTER_FAILURES
from tasks_app.ledger.message_codec import queue_name
from tasks_app.models import Between, QuietPeriod, SchedulePause, Slot
from tasks_app.notices import Notice
from tasks_app.schedules.job_of_schedule import ROUTING_FIELDS
from tasks_app.schedules.policies import causes
from tasks_app.schedules.policies.windows import concerns, end_of_all, span_at
from tasks_app.schedules.rhythm import InvalidRhythm
from tasks_app.schedules.slot_rows import Hold

logger = logging.getLogger(__name__)

type Place = tuple[str, ...]  # a task, and where a schedule sends it


class Around:
    """What held, from `since` to `now`. Two statements, however many schedules there are."""

    def __init__(self, schedules: Sequence[PeriodicTask], since: datetime, now: datetime) -> None:
        self.now = now
        self._pauses: dict[int, list[SchedulePause]] = defaultdict(list)
        lately = Q(ended_at=None) | Q(ended_at__gt=since)
        for pause in SchedulePause.objects.filter(lately, schedule__in=[one.pk for one in schedules]):
            self._pauses[pause.schedule_id].append(pause)
        self._quiet = readable_periods(since, now)
        self._queues: dict[Place, str] = {}

    def at(self, schedule: PeriodicTask, moment: datetime) -> Hold | None:
        """What stands against a run that is due at the moment; None where nothing does."""
        pause = self._pause_at(schedule, moment)
        if pause is not None:
            why = said_of_pause(pause)
            return Hold(why) if pause.between == Between.SKIP else Hold(why, held=True, until=pause.end)
        return self._quiet_at(schedule, moment)

    def between(self, schedule: PeriodicTask, slot: Slot) -> Between:
        """What becomes of a slot that was held back, now that nothing stands against it."""
        if slot.cause in causes.WAITING_CODES:
            return Between.EACH
        due = slot.due or slot.moment
        pause = self._pause_at(schedule, due)
        if pause is not None:
            return Between(pause.between)
        on = self._periods_at(schedule, due)
        return Between(on[0].between) if on else Between.ONCE

    def _pause_at(self, schedule: PeriodicTask, moment: datetime) -> SchedulePause | None:
        return next((pause for pause in self._pauses[schedule.pk] if pause.holds(moment)), None)

    def _quiet_at(self, schedule: PeriodicTask, moment: datetime) -> Hold | None:
        on = self._periods_at(schedule, moment)
        if not on:
            return None
        skips = next((quiet for quiet in on if quiet.between == Between.SKIP), None)
        if skips is not None:
            ends = (span_at(skips, moment) or (moment, moment))[1]
            return Hold(causes.QUIET(name=skips.name, until=ends))
        until = end_of_all(self._of(schedule), moment)
        if until is None:
            return Hold(causes.QUIET_WITHOUT_END(name=on[0].name))
        return Hold(causes.QUIET(name=on[0].name, until=until), held=True, until=until)

    def _periods_at(self, schedule: PeriodicTask, moment: datetime) -> list[QuietPeriod]:
        return [quiet for quiet in self._of(schedule) if span_at(quiet, moment)]

    def _of(self, schedule: PeriodicTask) -> list[QuietPeriod]:
        if not self._quiet:
            return []
        queue = self._queue_of(schedule) if any(quiet.queue for quiet in self._quiet) else ""
        return [quiet for quiet in self._quiet if concerns(quiet, schedule.task, queue)]

    def _queue_of(self, schedule: PeriodicTask) -> str:
        """Where its jobs wait; asked of Celery's router once for schedules that are alike."""
        place = (schedule.task, *(str(getattr(schedule, name)) for name in ROUTING_FIELDS[:3]))
        if place not in self._queues:
            self._queues[place] = queue_of(schedule)
        return self._queues[place]


def readable_periods(since: datetime, now: datetime) -> list[QuietPeriod]:
    """Those that were on since then, or may be; one that cannot be read holds nothing, as its list says."""
    found = QuietPeriod.objects.filter(Q(ends_at=None) | Q(ends_at__gt=since), enabled=True)
    return [quiet for quiet in found if problem_of_period(quiet, now) is None]


def problem_of_period(quiet: QuietPeriod, now: datetime) -> Notice | None:
    try:
        span_at(quiet, now)
    except InvalidRhythm as error:
        logger.error("The quiet period “%s” cannot be read: %s", quiet.name, error)
        return causes.QUIET_UNREADABLE(name=quiet.name, error=error)
    return None


def said_of_pause(pause: SchedulePause) -> Notice:
    if pause.failures:
        return PAUSED_AFTER_FAILURES(count=pause.failures)
    return causes.paused(pause.until, pause.reason)


def queue_of(schedule: PeriodicTask) -> str:
    """The queue of the schedule's jobs, as Celery routes them."""
    given = {name: getattr(schedule, name) for name in ROUTING_FIELDS[:3]}
    options = {name: value for name, value in given.items() if value is not None}
    task = current_app.tasks.get(schedule.task)
    routed = current_app.amqp.router.route(options, schedule.task, task_type=task)
    return queue_name(routed.get("queue"), routed.get("exchange"), routed.get("routing_key"))
