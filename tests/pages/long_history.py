"""A history so long that what reads it whole is told by the database itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backoffice.models import LastLook, Message, MessageState
from backoffice.seeds import seed_groups
from tasks_app.models import Job, State
from tasks_app.monitor import counters, hourly_counts
from tests.people import somebody

HISTORY = 6_000
# The pages' own bounds (a thousand waiting jobs, named in queue_facts.py) and something over.
READ_AT_MOST = 2_000
GROWING = ("tasks_app_job", "tasks_app_jobattempt", "backoffice_message", "tasks_app_slot")


@pytest.fixture(scope="module")
def long_history(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Made once, for the tests of a file that all look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_history()
        yield
        transaction.set_rollback(True)


def make_history() -> None:
    """Thirty days of jobs and messages: most succeeded long ago, a third of them launched by the staff."""
    seed_groups()
    now, staff = timezone.now(), somebody("Staff")
    jobs = []
    for number in range(HISTORY):
        moment = now - timedelta(days=30) * (number / HISTORY)
        state = State.WAITING if number % 20 == 0 else State.FAILED if number % 50 == 1 else State.SUCCEEDED
        ended = None if state == State.WAITING else moment
        jobs.append(
            Job(
                id=f"job-{number}",
                name="tasks_app.tasks.envoi_email",
                queue="high",
                state=state,
                created_at=moment,
                available_at=moment,
                published_at=moment,
                started_at=ended,
                ended_at=ended,
                created_by=staff if number % 3 == 1 else None,
            )
        )
    Job.objects.bulk_create(jobs, batch_size=1_000)
    messages = [
        Message(to="sam@example.org", sender="us@example.org", subject="Hello", state=MessageState.DELIVERED)
        for _ in range(HISTORY)
    ]
    Message.objects.bulk_create(messages, batch_size=1_000)
    Message.objects.update(created_at=now - timedelta(days=9))
    # Who was away for a month has the most to be told.
    LastLook.objects.create(user=somebody("Support"), failures_until=now - timedelta(days=31))
    counters.count_ended(now)
    for _ in range(9):
        hourly_counts.count_hours(now)
    if connection.vendor == "postgresql":  # it does so by itself, a minute later; SQLite never does
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def whole(sql: str) -> str:
    """How this statement reads more of a growing table than it should; "" where it does not."""
    return _whole_on_postgresql(sql) if connection.vendor == "postgresql" else _whole_on_sqlite(sql)


def _whole_on_postgresql(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"), [])
        [found] = cursor.fetchone()
    plan = json.loads(found) if isinstance(found, str) else found
    for node in _nodes(plan[0]["Plan"]):
        read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        if node.get("Relation Name") in GROWING and read * node["Actual Loops"] > READ_AT_MOST:
            return f"{node['Node Type']} of {read} rows of {node['Relation Name']}"
    return ""


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def _whole_on_sqlite(sql: str) -> str:
    """A scan, unless along an index whose order a LIMIT cuts short."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"), [])
        steps = [step[-1] for step in cursor.fetchall()]
    scans = [step for step in steps if re.match(rf"SCAN ({'|'.join(GROWING)})\b", step)]
    cut = "LIMIT" in sql and not any("TEMP B-TREE" in step for step in steps)
    return "" if cut and all("USING" in step for step in scans) else ", ".join(scans)
