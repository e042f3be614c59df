"""The runs of the next days as iCalendar (RFC 5545), written by the package `icalendar`."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import icalendar
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.catalogue import label_of
from tasks_app.schedules.rhythm import words
from tasks_app.schedules.timeline.cells import Cells
from tasks_app.schedules.timeline.loads import seconds_by_kind
from tasks_app.schedules.timeline.runs import Runs, runs_of

AHEAD = 8  # days, today included
SHORTEST = timedelta(minutes=1)  # as a calendar shows it
FRESH_FOR = timedelta(hours=1)


def written(rows: QuerySet[PeriodicTask], cells: Cells, now: datetime) -> bytes:
    """An event for each run; where a schedule runs very often, one for each of its days."""
    took = seconds_by_kind()
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Back office//Schedules//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("%(company)s: schedules") % {"company": settings.COMPANY_NAME})
    calendar.add("refresh-interval", FRESH_FOR, parameters={"VALUE": "DURATION"})
    for one in runs_of(rows, cells, now).runs:
        calendar.add_component(_event(one, took.get(one.schedule.task, 0.0), now))
    return bytes(calendar.to_ical())


def _event(runs: Runs, seconds: float, now: datetime) -> icalendar.Event:
    schedule = runs.schedule
    page = reverse("admin:django_celery_beat_periodictask_change", args=[schedule.pk])
    event = icalendar.Event()
    event.add("uid", f"{schedule.pk}-{runs.first:%Y%m%dT%H%M%SZ}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", now)
    event.add("dtstart", runs.first)
    event.add("dtend", max(runs.last, runs.first + max(timedelta(seconds=seconds), SHORTEST)))
    event.add("summary", _summary(runs))
    event.add("description", f"{label_of(schedule.task)}\n{words(schedule)}")
    event.add("url", urljoin(settings.SITE_URL, page))
    event.add("transp", "TRANSPARENT")  # nobody is busy meanwhile
    return event


def _summary(runs: Runs) -> str:
    if runs.count == 1:
        return str(runs.schedule.name)
    many = ngettext("%(name)s (%(count)s run)", "%(name)s (%(count)s runs)", runs.count)
    return many % {"name": runs.schedule.name, "count": runs.count}
