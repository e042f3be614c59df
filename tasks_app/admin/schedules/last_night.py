"""What did not run last night, and why: one page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tasks_app.admin.dialogs import require
from tasks_app.admin.schedules.access import VIEW
from tasks_app.admin.schedules.form_page import page
from tasks_app.admin.schedules.history import slot_badge
from tasks_app.admin.schedules.timeline import asked_day
from tasks_app.db import shared_time
from tasks_app.display import badge
from tasks_app.models import Job
from tasks_app.schedules.health.last_night import NotRun, night_before, not_run

ONE_DAY = timedelta(days=1)


def last_night(request: HttpRequest) -> HttpResponse:
    """The night before a day, today's by default."""
    require(request, VIEW)
    today = timezone.localdate()
    day = asked_day(request, today)
    begin, end = night_before(day)
    night = not_run(begin, end, shared_time.now())
    shown = _kept_jobs(request, night.found)
    context = {
        "title": _("What did not run last night"),
        "night": night,
        "rows": [_row(one, shown) for one in night.found],
        "is_last": day == today,
        "day_words": date_format(day, _("j F Y")),
        "before": f"{day - ONE_DAY:%Y-%m-%d}",
        "after": f"{day + ONE_DAY:%Y-%m-%d}" if day < today else "",
    }
    return page(request, "tasks_app/schedule_last_night.html", context)


def _row(one: NotRun, jobs: set[str]) -> dict[str, Any]:
    schedule = one.schedule_id
    change = "admin:django_celery_beat_periodictask_change"
    return {
        "name": one.name,
        "url": reverse(change, args=[schedule]) if schedule else "",
        "moment": one.moment,
        "badge": badge(_("Off"), "", "pause") if one.state == "off" else slot_badge(one.state),
        "why": one.why,
        "more": one.count - 1,
        "job_url": reverse("admin:tasks_app_job_change", args=[one.job_id]) if one.job_id in jobs else "",
    }


def _kept_jobs(request: HttpRequest, found: list[NotRun]) -> set[str]:
    user: Any = request.user
    if not user.has_perm("tasks_app.view_job"):
        return set()
    ids = [one.job_id for one in found if one.job_id]
    return set(Job.objects.filter(pk__in=ids).values_list("pk", flat=True))
