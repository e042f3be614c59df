"""`python -m benchmarks.clock`: what the clock takes, on the database and the broker of the environment.

Prints one line a figure, and ends with exit code 1 where one is beyond its bound.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime, timedelta
from datetime import time as dt_time
from statistics import median
from typing import Any

import django

django.setup()

from celery import current_app  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask  # noqa: E402

from benchmarks import floors  # noqa: E402
from projet.celery import app  # noqa: E402
from tasks_app.broker.publishing import broker_channel  # noqa: E402
from tasks_app.clock.tick import tick  # noqa: E402
from tasks_app.ledger.new_job import build_job  # noqa: E402
from tasks_app.models import (  # noqa: E402
    IfRunning,
    Job,
    QuietPeriod,
    ScheduleGroup,
    SchedulePause,
    SchedulePolicy,
    Slot,
    SlotState,
    State,
)

__all__ = ["app"]

TASK = "projet.celery.debug_task"
FEW, SCHEDULES, DUE = 100, 10_000, 2_000
HISTORY = 100_000
IDLE_TICKS = 30
IN_TIME = 10  # seconds
# Of milliseconds on a busy machine; what grew with its tables would be a hundred times as long.
NO_GROWTH = 3


def main() -> None:
    current_app.loader.import_default_modules()
    begin = timezone.now().replace(microsecond=0)
    add_schedules(FEW, begin)
    tick(begin, starting=True)
    few = idle(begin)
    add_schedules(SCHEDULES - FEW, begin, due=DUE)
    say("10,000 schedules worked out", timed(lambda: tick(begin, starting=True)))
    many = idle(begin)
    noon = begin + timedelta(days=1)
    took = timed(lambda: tick(noon))
    say("2,000 of them due in one second, all published", took)
    floors.hold("seconds until 2,000 that are due in one second are published", took, at_most=IN_TIME)
    published = Job.objects.filter(published_at__isnull=False).count()
    assert published == DUE, f"{published} were published"
    Job.objects.all().delete()
    flush()
    grouped = use_every_policy()
    noon += timedelta(days=1)
    took = timed(lambda: tick(noon))
    say("2,000 of them due in one second, with every policy in use, all published", took)
    floors.hold("the same with every policy in use", took, at_most=IN_TIME)
    published = Job.objects.filter(published_at__isnull=False).count()
    assert published == DUE - grouped, f"{published} were published"
    Job.objects.all().delete()
    Slot.objects.filter(state=SlotState.HELD).delete()
    flush()
    tick(noon)
    add_history(begin)
    old = idle(noon)
    print(f"  idle tick: {FEW} schedules {few * 1000:.1f} ms, {SCHEDULES:,} {many * 1000:.1f} ms", end="")
    print(f" (× {many / few:.2f}), after {HISTORY:,} jobs {old * 1000:.1f} ms (× {old / many:.2f})")
    floors.hold("an idle tick with a hundred times the schedules, as a ratio", many / few, at_most=NO_GROWTH)
    floors.hold("an idle tick after a long history, as a ratio", old / many, at_most=NO_GROWTH)
    floors.end()


def use_every_policy() -> int:
    """Each that is due minds what still goes on, and more; how many wait for others of their group."""
    due = PeriodicTask.objects.filter(interval__isnull=False).order_by("pk").values_list("pk", flat=True)
    group, waiting = ScheduleGroup.objects.create(name="exports"), 9
    rules = (IfRunning.SKIP, IfRunning.WAIT, IfRunning.STOP)
    SchedulePolicy.objects.bulk_create(
        SchedulePolicy(
            schedule_id=pk,
            if_running=rules[number % 3] if number > waiting else IfRunning.WAIT,
            group=group if number <= waiting else None,
            most_failures=3,
            late_after=5,
            too_long_after=60,
            retries=2,
        )
        for number, pk in enumerate(due)
    )
    now = timezone.now()
    SchedulePause.objects.bulk_create(
        SchedulePause(schedule_id=pk, begins_at=now - timedelta(days=2), until=now - timedelta(days=1))
        for pk in due
    )
    for name, fields in (("Low", {"queue": "nowhere"}), ("Kind", {"kind": "no.such.task"})):
        QuietPeriod.objects.create(name=name, from_time=dt_time(0), until_time=dt_time(23, 59), **fields)
    return waiting


def add_schedules(count: int, begin: datetime, due: int = 0) -> None:
    """`due` of them run each day at the same second, the others in years."""
    moment = begin.astimezone(UTC)
    daily, _ = IntervalSchedule.objects.get_or_create(every=1, period="days")
    yearly, _ = CrontabSchedule.objects.get_or_create(
        minute=moment.minute, hour="3", day_of_month="29", month_of_year="2", timezone="UTC"
    )
    first = PeriodicTask.objects.count()
    rows = []
    for number in range(first, first + count):
        rhythm = {"interval": daily} if number < first + due else {"crontab": yearly}
        rows.append(PeriodicTask(name=f"Number {number}", task=TASK, **rhythm))
    PeriodicTask.objects.bulk_create(rows, batch_size=500)
    PeriodicTask.objects.filter(name__startswith="Number").update(date_changed=begin)


def add_history(begin: datetime) -> None:
    job = build_job(TASK)
    job.state, job.published_at, job.started_at, job.ended_at = State.SUCCEEDED, begin, begin, begin
    for _ in range(HISTORY // 1000):
        jobs = [copy(job) for _ in range(1000)]
        for one in jobs:
            one.id = str(uuid.uuid4())
        Job.objects.bulk_create(jobs, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def idle(now: datetime) -> float:
    """Seconds of a tick that finds nothing to do."""
    tick(now)
    return median(timed(lambda: tick(now)) for _ in range(IDLE_TICKS))


def flush() -> None:
    with broker_channel() as channel:
        channel.client.flushall()


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def say(what: str, seconds: float) -> None:
    print(f"  {what:<50} {seconds:>6.2f} s", flush=True)


main()
