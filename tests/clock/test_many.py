"""Ten thousand schedules: what is due is all published, and what is not costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Job, ScheduleOptions, Slot, State
from tests.clock.making import DEBUG_TASK, at, every
from tests.servers import RedisServer

pytestmark = [pytest.mark.timeout(300), pytest.mark.django_db(transaction=True)]

MORNING = at("2026-06-01 08:00")
LATER = MORNING + timedelta(hours=1)


def many(count: int, hours: int) -> None:
    rhythm = every(hours, "hours")
    first = PeriodicTask.objects.count()
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"Number {first + number}", task=DEBUG_TASK, interval=rhythm)
        for number in range(count)
    )
    PeriodicTask.objects.update(date_changed=MORNING)


def idle_queries(moment: datetime) -> list[str]:
    """The statements of a tick that finds nothing to do."""
    tick(moment)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        tick(moment)
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.sweep
def test_two_thousand_due_in_the_same_second_are_all_published_in_one_tick(broker: RedisServer) -> None:
    many(2_000, hours=1)
    many(500, hours=9_000)
    tick(MORNING, starting=True)
    assert tick(LATER).jobs == 2_000
    assert Slot.objects.count() == Job.objects.exclude(published_at=None).count() == 2_000
    assert broker.client.llen("default") == 2_000


@pytest.fixture
def planner() -> Iterator[None]:
    """PostgreSQL reads small tables whole; forbidden that, its plans show whether an index would do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
        yield
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_seqscan")


# The tables that grow, by name; the others have a row for each queue or clock, or one.
GROWING = ("tasks_app_job", "tasks_app_slot", "tasks_app_scheduleoptions", "django_celery_beat_periodictask")


@pytest.mark.sweep
def test_an_idle_tick_asks_the_same_of_many_schedules_and_a_long_history(
    broker: RedisServer, planner: None
) -> None:
    many(20, hours=9_000)
    few = idle_queries(LATER)
    many(1_000, hours=9_000)
    old = {"name": DEBUG_TASK, "queue": "default", "state": State.SUCCEEDED, "created_at": MORNING}
    Job.objects.bulk_create(Job(id=f"old {number}", **old) for number in range(10_000))
    tick(LATER, starting=True)
    assert len(idle_queries(LATER)) == len(few)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for sql in few:
            if any(f'"{table}"' in sql for table in GROWING):
                check_plan(cursor, sql)


def check_plan(cursor: Any, sql: str) -> None:
    """By an index, and over few rows: neither a scan of the table nor of a whole index."""
    prefix = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    cursor.execute(prefix + sql)
    plan = "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())
    if connection.vendor == "sqlite":
        assert not [line for line in plan.splitlines() if "SCAN" in line and _grows(line)], f"{sql}\n{plan}"
    else:
        assert "Seq Scan on tasks_app_job" not in plan, f"{sql}\n{plan}"
        assert "Seq Scan on tasks_app_scheduleoptions" not in plan, f"{sql}\n{plan}"
        assert not [line for line in plan.splitlines() if "rows=" in line and _rows(line) > 200], (
            f"{sql}\n{plan}"
        )


def _grows(line: str) -> bool:
    """Whether SQLite reads one of these tables whole, or an index of all its rows."""
    scanned = [model for model in (Job, ScheduleOptions) if f"SCAN {model._meta.db_table}" in line]
    partial = [index.name for model in scanned for index in model._meta.indexes if index.condition]
    return bool(scanned) and not any(line.endswith(f"INDEX {name}") for name in partial)


def _rows(line: str) -> int:
    return int(line.partition("rows=")[2].split()[0])
