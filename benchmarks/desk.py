"""The pages of support after a thousand jobs, and after a million: they take as long, far back too.

`BENCH_HISTORY` is the number of jobs that `make_history` invents for the second look. Each page has a line in
PAGES; the stock admin of django-celery-results is asked for the same rows in the same run. Then half of the
past is cleaned up while jobs run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from statistics import median
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.admin.models import LogEntry  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_results.models import TaskResult  # noqa: E402

from backoffice.models import Message, Report  # noqa: E402
from benchmarks import cleanup, floors, stock  # noqa: E402
from tasks_app.db.keyset import order_of  # noqa: E402
from tasks_app.models import Job, Node, SearchProgress  # noqa: E402
from tasks_app.monitor import heartbeat  # noqa: E402
from tasks_app.places import text_of  # noqa: E402
from tasks_app.schedules.planning import sync  # noqa: E402
from tasks_app.search.filling import fill  # noqa: E402

SQLITE = connection.vendor == "sqlite"
FEW = 1_000
MANY = int(os.environ.get("BENCH_HISTORY", "100000" if SQLITE else "1000000"))
DAYS = 30
LOOKS = 15
SLOWER = 1.3  # times, of the same page after few jobs
QUERIES = 12
STOCK = 0.1  # of the time that the stock admin takes


@dataclass(frozen=True)
class Page:
    title: str
    address: Callable[[], str]
    beside: str = ""  # the question that the stock admin is asked of the same rows


def of_list(model: type[Model], **given: Any) -> Callable[[], str]:
    return lambda: f"{list_of(model)}?{urlencode(given)}" if given else list_of(model)


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def far_back(model: type[Model], **given: Any) -> Callable[[], str]:
    """The page in the middle of a list: 500,000 rows back where there are a million."""

    def address() -> str:
        page = admin.site._registry[model]
        rows = model._default_manager.order_by(*page.ordering or ())
        order = order_of(rows)
        assert order is not None
        return f"{list_of(model)}?{urlencode({**given, 'after': text_of(rows[rows.count() // 2], order)})}"

    return address


def a_job() -> str:
    return reverse(
        "admin:tasks_app_job_change", args=[Job.objects.filter(state="failed").latest("created_at").pk]
    )


def yesterday() -> str:
    return f"{timezone.localdate() - timedelta(days=1):%Y-%m-%d}"


# A page of a new wing is one line here.
PAGES = [
    Page("jobs", of_list(Job)),
    Page("… far back", far_back(Job)),
    Page("… the last page", of_list(Job, last=1)),
    Page("… from yesterday on", lambda: f"{list_of(Job)}?day={yesterday()}"),
    Page("… failed", of_list(Job, state="failed")),
    Page("… state:failed last:24h", of_list(Job, q="state:failed last:24h")),
    Page("… -state:succeeded kind:envoi_email", of_list(Job, q="-state:succeeded kind:envoi_email")),
    Page("… a word", of_list(Job, q="martin")),
    Page("… >5s", of_list(Job, q=">5s")),
    Page("… an argument", of_list(Job, q="arg.destinataire:7")),
    Page("a job", a_job),
    Page("messages", of_list(Message)),
    Page("… far back", far_back(Message)),
    Page("results", of_list(TaskResult), beside="list"),
    Page("… far back", far_back(TaskResult), beside="page 5,000"),
    Page("… failed", of_list(TaskResult, status="FAILURE"), beside="filter"),
    Page("… a word", of_list(TaskResult, q="martin"), beside="search"),
    Page("reports", of_list(Report)),
    Page("audit log", of_list(LogEntry)),
    Page("queues", lambda: reverse("admin:queues")),
]


def main() -> None:
    make(FEW)
    few = {number: look(page) for number, page in enumerate(PAGES)}
    make(MANY, "--beside", "--seed=2")
    theirs = {} if SQLITE else stock.ask()
    heads = f"{f'{FEW:,}':>10}{f'{MANY:,}':>12}{'times':>8}{'queries':>9}{'stock':>11}"
    print(f"  {f'median of {LOOKS}':<38}{heads}")
    for number, page in enumerate(PAGES):
        compare(page, few[number][0], *look(page), theirs.get(page.beside))
    if not SQLITE:
        cleanup.main()
    floors.end()


def make(jobs: int, *options: str) -> None:
    began = time.perf_counter()
    call_command("make_history", *options, days=DAYS, jobs=jobs, stdout=StringIO())
    while fill(timezone.now(), budget=10) or not SearchProgress.objects.get(thing="job").swept_at:
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if SQLITE else "VACUUM ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint" if SQLITE else "CHECKPOINT")
    sync(timezone.now(), starting=True)
    heartbeat.beat(Node.Kind.WORKER, "worker@host", queues=["high", "default", "low"])
    heartbeat.beat(Node.Kind.CLOCK, "clock@host")
    print(f"  {jobs:,} jobs of {DAYS} days, and all that is found by, in {time.perf_counter() - began:.0f} s")


def look(page: Page) -> tuple[float, int]:
    """Milliseconds of the server, and statements."""
    client, url = Client(headers={"host": "127.0.0.1"}), page.address()
    client.force_login(User.objects.get(username="admin@example.org"))
    times = []
    for _look in range(LOOKS + 2):
        began = time.perf_counter()
        answer = client.get(url)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (url, answer)
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return median(times[2:]), len(asked)  # the first ones fill caches


def compare(page: Page, before: float, now: float, queries: int, theirs: float | None) -> None:
    beside = f"{theirs:>8.0f} ms" if theirs else ""
    print(
        f"  {page.title:<38}{before:>7.0f} ms{now:>9.0f} ms{now / before:>8.2f}{queries:>9}{beside}",
        flush=True,
    )
    floors.hold(f"{page.title}: times of after {FEW:,} jobs", now / before, at_most=SLOWER)
    floors.hold(f"{page.title}: statements", queries, at_most=QUERIES)
    if theirs:
        floors.hold(f"{page.title}: of the stock admin's time", now / theirs, at_most=STOCK)


if __name__ == "__main__":
    main()
