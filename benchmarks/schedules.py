"""Pages of 10,000 schedules with 1,000,000 slots, beside the stock admin of django-celery-beat.

Both render the same rows of one database in the same run, each in a process of its own: the list, and the
page of one schedule. Then the timeline of a week, what a change would do to 15 months of a rhythm of every
minute, and how long an edit takes to be in force, by whichever road it came.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask  # noqa: E402

from benchmarks import floors, stock_schedules  # noqa: E402
from tasks_app.admin.schedules.review import difference  # noqa: E402
from tasks_app.clock.tick import tick  # noqa: E402
from tasks_app.models import ScheduleOptions, ScheduleOwner, SlotState  # noqa: E402
from tasks_app.schedules.planning import sync, with_rhythms  # noqa: E402
from tasks_app.schedules.versions.definition import Definition, definition_now  # noqa: E402

SCHEDULES = int(os.environ.get("BENCH_SCHEDULES", "10000"))
SLOTS = 100  # of each
LOOKS = 15
TASKS = ("projet.celery.debug_task", "tasks_app.tasks.cleanup_results")
OF_STOCK = 0.75  # times the stock admin's own time
TIMELINE = 300  # milliseconds
DIFF = 300  # milliseconds
IN_FORCE = 2  # seconds
# An hour apart, those of one schedule some minutes beside those of another; few go wrong.
FILL = """
    INSERT INTO tasks_app_slot
        (schedule_id, schedule_name, moment, state, job_id, reason, decided_at)
    SELECT p.id, p.name, at, (%s::text[])[1 + (n + p.id) %% 20], '', '', at
    FROM django_celery_beat_periodictask p, generate_series(1, %s) n,
        LATERAL (SELECT now() - n * interval '1 hour' - p.id %% 3600 * interval '1 second' AS at) moments
"""
STATES = [SlotState.DONE] * 17 + [SlotState.FAILED, SlotState.LATE, SlotState.MISSED]


def main() -> None:
    make()
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(username="admin@example.org"))
    first = PeriodicTask.objects.order_by("name")[0]
    pages = {
        "list": reverse("admin:django_celery_beat_periodictask_changelist"),
        "schedule": reverse("admin:django_celery_beat_periodictask_change", args=[first.pk]),
    }
    theirs = stock_schedules.ask()
    for name, address in pages.items():
        ours = took(lambda url=address: looked_at(client, url))
        ratio = ours / theirs[name]
        print(f"  {name:<12}{ours:>8.0f} ms, stock admin {theirs[name]:>6.0f} ms: × {ratio:.2f}", flush=True)
        floors.hold(f"{name} of {SCHEDULES:,} schedules, beside the stock admin", ratio, at_most=OF_STOCK)
    week = reverse("admin:django_celery_beat_periodictask_timeline")
    ours = took(lambda: looked_at(client, week))
    print(f"  timeline of a week {ours:>8.0f} ms", flush=True)
    floors.hold("milliseconds of a week's timeline", ours, at_most=TIMELINE)
    before, after = every_minute(first, "*"), every_minute(first, "6-22")
    ours = took(lambda: difference(before, after, first.pk))
    print(f"  diff of every minute {ours:>6.0f} ms", flush=True)
    floors.hold("milliseconds of a diff over 15 months of every minute", ours, at_most=DIFF)
    ours = until_in_force(first)
    print(f"  an edit is in force after {ours:>6.2f} s", flush=True)
    floors.hold("seconds until an edit among them is in force", ours, at_most=IN_FORCE)
    floors.end()


def every_minute(schedule: PeriodicTask, hours: str) -> Definition:
    """The schedule as it is, but each minute of these hours."""
    row = CrontabSchedule(minute="*", hour=hours, timezone="Europe/Paris")
    changed = with_rhythms(PeriodicTask.objects.select_related("options")).get(pk=schedule.pk)
    changed.interval, changed.crontab = None, row
    return definition_now(changed, changed.options)


def until_in_force(schedule: PeriodicTask) -> float:
    """Seconds, of an edit elsewhere than on its page: the longest wait of the clock, and its look."""
    now = timezone.now()
    tick(now, starting=True)
    crontab = CrontabSchedule.objects.create(minute="59", hour="23", timezone="Europe/Paris")
    edited = PeriodicTask.objects.get(pk=schedule.pk)
    edited.interval, edited.crontab = None, crontab
    edited.save()
    began, took = time.perf_counter(), []

    def look() -> None:
        due = ScheduleOptions.objects.get(pk=schedule.pk).next_slot
        if due and due.astimezone(ZoneInfo("Europe/Paris")).strftime("%H:%M") == "23:59":
            took.append(time.perf_counter() - began)

    tick(now, after_batch=look)
    assert took, "it is not in force"
    return float(settings.CELERY_BEAT_MAX_LOOP_INTERVAL) + took[0]


def looked_at(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer)


def took(look: Callable[[], Any]) -> float:
    """Milliseconds, in the median after a first look."""
    look()
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        look()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def make() -> None:
    """Half of them by crontabs of many times, half by intervals of their own."""
    user = User.objects.create_superuser("admin@example.org", "admin@example.org", "a long password")
    crontabs = [
        CrontabSchedule(minute=str(number % 60), hour=str(number // 60), timezone="Europe/Paris")
        for number in range(0, 1440, 3)
    ]
    crontabs = CrontabSchedule.objects.bulk_create(crontabs)
    intervals = [
        IntervalSchedule.objects.create(every=every, period=unit)
        for every, unit in ((1, "hours"), (1, "days"), (15, "minutes"))
    ]
    rows = [
        PeriodicTask(
            name=f"Schedule {number:05}",
            task=TASKS[number % 2],
            **(
                {"crontab": crontabs[number % len(crontabs)]}
                if number % 4
                else {"interval": intervals[number // 4 % len(intervals)]}
            ),
        )
        for number in range(SCHEDULES)
    ]
    PeriodicTask.objects.bulk_create(rows, batch_size=500)
    now = timezone.now()
    with transaction.atomic():
        sync(now, starting=True)
    ids = list(PeriodicTask.objects.values_list("pk", flat=True))
    ScheduleOwner.objects.bulk_create([ScheduleOwner(schedule_id=pk, owner=user, since=now) for pk in ids])
    with connection.cursor() as cursor:
        cursor.execute(FILL, [[state.value for state in STATES], SLOTS])
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
