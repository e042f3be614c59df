"""What goes on: jobs that run, runs to come, latest reports, and the last 24 hours as a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format

from backoffice.models import Report
from backoffice.reports.registry import visible_types
from tasks_app.catalogue import label_of
from tasks_app.models import Job, ScheduleOptions, State
from tasks_app.showing import up_to

SHOWN = 6  # lines in each list
COUNTED = 999  # how far waiting jobs are counted
# The chart is drawn from the newest jobs of the day, up to this many, and kept for a minute.
CHARTED = 5_000
CHART_SECONDS = 60
HOURS = 24


# --- Lists -------------------------------------------------------------------------------------


def running() -> dict[str, Any]:
    """{"jobs": the latest to start, "more": "12" not listed, "waiting": "999+" due now}."""
    jobs = list(
        Job.objects.running()
        .defer("args", "kwargs", "message")
        .order_by(F("started_at").desc(nulls_last=True))[: SHOWN + 1]
    )
    for job in jobs:
        job.label = label_of(job.name)
    due = Job.objects.waiting().filter(available_at__lte=timezone.now())
    return {"jobs": jobs[:SHOWN], "more": len(jobs) > SHOWN, "waiting": up_to(due, COUNTED)}


def next_runs(now: datetime) -> list[ScheduleOptions]:
    """The next slots of enabled schedules, the soonest first."""
    coming = ScheduleOptions.objects.filter(next_slot__gte=now - timedelta(minutes=2), schedule__enabled=True)
    return list(coming.select_related("schedule").order_by("next_slot")[:SHOWN])


def latest_reports(user: Any) -> list[Report]:
    """The newest reports of the types this person may see."""
    seen = [one.slug for one in visible_types(user)]
    return list(Report.objects.filter(type__in=seen).select_related("created_by")[:SHOWN])


# --- Chart -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hour:
    """One bar, in the units of the chart's viewBox."""

    begins: datetime
    succeeded: int
    failed: int
    x: int
    ok_y: float
    ok_height: float
    bad_y: float
    bad_height: float


@dataclass(frozen=True)
class Chart:
    hours: list[Hour]
    succeeded: int
    failed: int
    highest: int
    complete: bool  # False: there were more jobs than are drawn
    ticks: list[str]

    # Stretched to whatever width there is; 120 high.
    width, height = 720, 120
    column, bar = 30, 20


def last_day() -> Chart:
    """Jobs that ended in the last 24 hours, by hour."""
    chart: Chart | None = cache.get("dashboard-chart")
    if chart is None:
        chart = chart_of(timezone.now())
        cache.set("dashboard-chart", chart, CHART_SECONDS)
    return chart


def chart_of(now: datetime) -> Chart:
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    first = this_hour - timedelta(hours=HOURS - 1)
    ended = list(
        Job.objects.filter(ended_at__gte=first)
        .order_by("-ended_at")
        .values_list("ended_at", "state")[:CHARTED]
    )
    good, bad = [0] * HOURS, [0] * HOURS
    for moment, state in ended:
        assert moment is not None  # noqa: S101 - the filter says so
        column = min(int((moment - first) / timedelta(hours=1)), HOURS - 1)
        if state == State.SUCCEEDED:
            good[column] += 1
        elif state == State.FAILED:
            bad[column] += 1
    highest = max([g + b for g, b in zip(good, bad, strict=True)], default=0)
    hours = [_hour(n, first, good[n], bad[n], highest) for n in range(HOURS)]
    ticks = [date_format(timezone.localtime(hour.begins), "H:i") for hour in hours[::4]]
    return Chart(hours, sum(good), sum(bad), highest, len(ended) < CHARTED, ticks)


def _hour(number: int, first: datetime, good: int, bad: int, highest: int) -> Hour:
    room = Chart.height
    scale = room / max(highest, 1)
    # A single failure among thousands stays visible: no bar is lower than 2 units.
    bad_height = round(max(bad * scale, 2), 1) if bad else 0.0
    ok_height = round(max(min(good * scale, room - bad_height), 2), 1) if good else 0.0
    return Hour(
        begins=first + timedelta(hours=number),
        succeeded=good,
        failed=bad,
        x=Chart.column * number,
        ok_y=round(room - ok_height, 1),
        ok_height=ok_height,
        bad_y=round(room - ok_height - bad_height, 1),
        bad_height=bad_height,
    )
