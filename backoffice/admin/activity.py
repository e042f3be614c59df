"""What goes on: jobs that run, runs to come, what this person started, latest reports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F

from backoffice.models import Report
from backoffice.reports.registry import visible_types
from tasks_app.admin.schedules.access import job_label
from tasks_app.catalogue import label_of
from tasks_app.db.bad_rows import or_none, row_by_row
from tasks_app.display import Text, up_to
from tasks_app.models import Job, ScheduleOptions
from tasks_app.subject import listed

SHOWN = 6  # lines in each list
COUNTED = 999  # how far running jobs are counted
OWN_SINCE = timedelta(days=7)


def running() -> dict[str, Any]:
    """{"jobs": the latest to start, "count": "12" in all}."""
    jobs = listed(Job.objects.running())
    latest = named(jobs.order_by(F("started_at").desc(nulls_last=True))[:SHOWN])
    return {"jobs": latest, "count": up_to(jobs, COUNTED) if len(latest) == SHOWN else len(latest)}


def started_by(user: Any, now: datetime) -> list[tuple[Job, Text]]:
    """The last jobs that this person launched, the newest first."""
    own = Job.objects.filter(created_by=user, created_at__gte=now - OWN_SINCE)
    return named(listed(own).order_by("-created_at")[:SHOWN])


def named(jobs: Iterable[Job]) -> list[tuple[Job, Text]]:
    """The jobs, each with the label of its kind."""
    return [(job, label_of(job.name)) for job in jobs]


def next_runs(now: datetime) -> list[tuple[ScheduleOptions, Text]]:
    """The next slots of enabled schedules, the soonest first, each with the label of what it starts."""
    coming = ScheduleOptions.objects.filter(next_slot__gte=now - timedelta(minutes=2), schedule__enabled=True)
    soonest = row_by_row(coming.select_related("schedule").order_by("next_slot")[:SHOWN])
    # One that cannot be read is set aside at the clock's next look.
    labels = [(options, or_none(partial(_label, options))) for options in soonest]
    return [(options, label) for options, label in labels if label is not None]


def _label(options: ScheduleOptions) -> Text:
    return job_label(options.schedule)


def latest_reports(user: Any) -> list[Report]:
    """The newest reports of the types this person may see."""
    seen = [one.slug for one in visible_types(user)]
    return list(Report.objects.filter(type__in=seen).select_related("created_by")[:SHOWN])
