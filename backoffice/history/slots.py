"""Schedules of a past, and what came of each of their moments."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from backoffice.history.cast import Cast
from backoffice.history.jobs import EMAIL, REPORT, Registry
from backoffice.history.life import Life
from tasks_app.ledger.message_codec import representations
from tasks_app.models import ScheduleOptions, SchedulePause, Slot, SlotState, State
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice, say_in_general
from tasks_app.schedules import causes
from tasks_app.schedules.job_of_schedule import job_of
from tasks_app.schedules.planning import sync
from tasks_app.schedules.policies.around import said_of_pause
from tasks_app.schedules.rhythm import rhythm_of

YESTERDAY, ACTIVITY, REMINDER = "Emails of yesterday", "Activity for the board", "Reminder to the accountant"
# Name, crontab, job, arguments. Those that come with the product are beside them.
SCHEDULES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        YESTERDAY,
        "30 7 * * 1-5",
        REPORT,
        {"type": "emails", "format": "pdf", "period": "yesterday"},
    ),
    (
        ACTIVITY,
        "0 8 1 * *",
        REPORT,
        {"type": "activity", "format": "pdf", "period": "last_month"},
    ),
    (REMINDER, "0 9 * * 1-5", EMAIL, {}),
)
LONGEST_SHARE = 0.25  # of all jobs: what the schedules of a short past may be
DOWNTIME_HOURS = 5  # in which no clock was running


@dataclass(frozen=True)
class DueSlot:
    schedule: PeriodicTask
    moment: datetime
    missed: bool  # no clock was running


def make_schedules(cast: Cast) -> list[PeriodicTask]:
    """The schedules of this past, where they are not there yet; returns those that were not."""
    found = []
    for name, crontab, task, arguments in SCHEDULES:
        minute, hour, day, month, weekday = crontab.split()
        rhythm, _made = CrontabSchedule.objects.get_or_create(
            minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday
        )
        given = arguments or {"destinataire_id": cast.accountant.pk, "modele_id": cast.templates[0].pk}
        schedule, is_new = PeriodicTask.objects.get_or_create(
            name=name, defaults={"task": task, "crontab": rhythm, "kwargs": json.dumps(given)}
        )
        found += [schedule] if is_new else []
    return found


def due_slots(chance: random.Random, first: datetime, until: datetime, most: int) -> Iterator[DueSlot]:
    """The moments of all schedules in the order of time; where they are too many, the last ones."""
    sync(until, starting=True)
    down = first + (until - first) * chance.uniform(0.3, 0.6)
    up = min(down + timedelta(hours=DOWNTIME_HOURS), until)
    there = set(Slot.objects.filter(moment__gte=first).values_list("schedule", "moment"))
    found: list[DueSlot] = []
    for options in ScheduleOptions.objects.select_related("schedule__crontab", "schedule__interval"):
        schedule = options.schedule
        if schedule.enabled and not options.invalid:
            rhythm = rhythm_of(schedule, min(options.anchor, first))
            moment = rhythm.after(first)
            while moment is not None and moment < until and len(found) < 10 * most:
                if (schedule.pk, moment) not in there:
                    found.append(DueSlot(schedule, moment, missed=down < moment < up))
                moment = rhythm.after(moment)
    found.sort(key=lambda one: (one.moment, one.schedule.pk))
    yield from found[-most:] if most else []


def launch_slot(registry: Registry, due: DueSlot, at: datetime) -> Life:
    """The job of a slot, as the clock makes it."""
    job = job_of(due.schedule, at, moment=due.moment)
    row = registry.row_of(job) | {"created_at": at, "available_at": at}
    return registry.life_of(row, job.kwargs, *representations(job.name, job.args, job.kwargs))


def write_slot(
    registry: Registry, due: DueSlot, at: datetime, life: Life | None, ran_for: datetime | None
) -> None:
    """What came of it; without a job it was passed over because the schedule ran for another moment."""
    state, why = SlotState.QUEUED, causes.RAN_LATE() if due.missed else None
    if life is None:
        state, why = SlotState.MISSED, causes.RAN_ANOTHER(moment=ran_for)
    elif life.state == State.SUCCEEDED:
        state = SlotState.LATE if due.missed else SlotState.DONE
    elif life.state == State.FAILED:
        state = SlotState.FAILED
    elif life.state == State.CANCELLED:
        state = SlotState.SKIPPED
    if at < registry.kept.jobs and state != SlotState.QUEUED:
        return
    registry.tables.slots.add(
        schedule_id=due.schedule.pk,
        schedule_name=due.schedule.name,
        moment=due.moment,
        state=state.value,
        job_id=life.id if life else "",
        **_reason(life, why),
        decided_at=at,
    )


def write_skipped(registry: Registry, due: DueSlot, at: datetime, pause: SchedulePause) -> None:
    """It was paused at that time."""
    why = said_of_pause(pause)
    registry.tables.slots.add(
        schedule_id=due.schedule.pk,
        schedule_name=due.schedule.name,
        moment=due.moment,
        state=SlotState.SKIPPED.value,
        reason=str(why),
        **columns_of(why),
        decided_at=at,
    )


def tell_schedules(due: list[DueSlot]) -> None:
    """Beat's own columns: when each ran last, and how often."""
    runs: dict[int, list[datetime]] = {}
    for one in due:
        if not one.missed:
            runs.setdefault(one.schedule.pk, []).append(one.moment)
    for schedule, moments in runs.items():
        PeriodicTask.objects.filter(pk=schedule).update(
            last_run_at=max(moments), total_run_count=F("total_run_count") + len(moments)
        )


def _reason(life: Life | None, why: Notice | None) -> dict[str, Any]:
    """As the ledger tells a slot of its job: in general, without the parameters that go with the job."""
    if life is not None and life.state in (State.FAILED, State.CANCELLED):
        code = life.why["cause"]
        return {"reason": say_in_general(code), "cause": code, "cause_params": None}
    return {"reason": str(why or ""), **columns_of(why)}
