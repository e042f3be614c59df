"""Pages after a long history: what the server takes for the dashboard of each role and the list of jobs.

`BENCH_HISTORY` is the number of jobs that `make_history` invents. PostgreSQL is asked for the plan of each
statement: one that reads a growing table from end to end is named, and ends the part with exit code 1, as a
page that takes too long.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from io import StringIO
from statistics import median
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import floors  # noqa: E402
from tasks_app.models import Node  # noqa: E402
from tasks_app.monitor import heartbeat, hourly_counts  # noqa: E402
from tasks_app.schedules.planning import sync  # noqa: E402

JOBS = int(os.environ.get("BENCH_HISTORY", "1000000"))
DAYS = 30
LOOKS = 15
ROLES = {"Staff": "staff", "Support": "support", "Managers": "manager", "Superuser": "admin"}
AIM = 150  # ms
GROWING = {
    "tasks_app_job", "tasks_app_jobattempt", "tasks_app_slot", "backoffice_message", "backoffice_report",
    "backoffice_messageevent", "django_celery_results_taskresult",
}  # fmt: skip


def main() -> None:
    began = time.perf_counter()
    call_command("make_history", days=DAYS, jobs=JOBS, stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # or PostgreSQL writes a million rows while the first page is timed
    print(f"  {JOBS:,} jobs of {DAYS} days, and what belongs to them, in {time.perf_counter() - began:.0f} s")
    now = timezone.now()
    sync(now, starting=True)
    people = {role: User.objects.get(username=f"{name}@example.org") for role, name in ROLES.items()}
    heartbeat.beat(Node.Kind.WORKER, "worker@host", queues=["high", "default", "low"])
    heartbeat.beat(Node.Kind.CLOCK, "clock@host")
    pages = {f"dashboard, {role}": (person, reverse("admin:index")) for role, person in people.items()}
    pages["its live part, Support"] = (people["Support"], reverse("admin:dashboard_live"))
    jobs = reverse("admin:tasks_app_job_changelist")
    pages["list of jobs, Support"] = (people["Support"], jobs)
    a_day_ago = hourly_counts.hour_of(now) - 23 * hourly_counts.HOUR
    pages["… failed in the last hours"] = (
        people["Support"],
        f"{jobs}?state=failed&ended_at_from={a_day_ago:%Y-%m-%dT%H:%M}",
    )
    print(f"  {f'median of {LOOKS}':<30}{'server':>10}{'its CPU':>10}{'queries':>10}   aim: {AIM} ms")
    for title, (person, url) in pages.items():
        measure(title, person, url)
    floors.end()


def measure(title: str, person: User, url: str) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(person)
    times, busy = [], []
    for _look in range(LOOKS + 2):
        began, began_busy = time.perf_counter(), time.thread_time()
        answer = client.get(url)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - began_busy) * 1000)
        assert answer.status_code == 200, answer
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    took = median(times[2:])  # the first ones fill caches
    print(f"  {title:<30}{took:>7.0f} ms{median(busy[2:]):>7.0f} ms{len(asked):>10}", flush=True)
    if url in (reverse("admin:index"), reverse("admin:dashboard_live")):
        floors.hold(f"milliseconds of the server for {title}", took, at_most=AIM)
    whole = [(table, query["sql"]) for query in asked.captured_queries for table in scanned(query["sql"])]
    for table, sql in whole:
        print(f"      reads {table} from end to end: {sql[:200]}")
    floors.hold(f"growing tables read from end to end for {title}", len(whole), at_most=0)


def scanned(sql: str) -> list[str]:
    """The growing tables that this statement reads without an index."""
    if not sql.startswith("SELECT"):
        return []
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        [found] = cursor.fetchone()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return [
        node["Relation Name"]
        for node in nodes(plan)
        if "Seq Scan" in node["Node Type"] and node["Relation Name"] in GROWING and node["Plan Rows"] > 1
    ]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


if __name__ == "__main__":  # the processes that make the past import this file as well
    main()
