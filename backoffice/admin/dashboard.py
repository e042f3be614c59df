"""The first page: what needs a person now, what goes on, and what this person can start."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST
from django_celery_beat.models import PeriodicTask

from backoffice.admin import activity, attention
from backoffice.admin.charts import charts
from backoffice.admin.needs import Look
from backoffice.admin.viewer import viewer
from backoffice.models import LastLook
from tasks_app.admin.common import page
from tasks_app.admin.moments import aware
from tasks_app.catalogue import launchables
from tasks_app.db import shared_time
from tasks_app.monitor.health.hosts import alive
from tasks_app.monitor.queue_status import queues

# The test of the pipeline is offered on the page of queues and workers; events of emails are read by a
# schedule.
NOT_OFFERED = frozenset({"debug_task", "read_email_events"})


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: what the whole page shows to this person."""
    user = viewer(request)
    mine = launchables(user)
    context["launchables"] = [one for one in mine if one.slug not in NOT_OFFERED]
    # Who runs failed work again came for what failed; everybody else came to start something.
    context["troubles_first"] = user.has_perm("tasks_app.rerun_job")
    if user.has_perm("tasks_app.view_job"):
        context["charts"] = charts(shared_time.now())
    context |= live_parts(user, launches=bool(mine))
    context["without_rights"] = not user.get_all_permissions()
    return context


@page("dashboard/live/", name="dashboard_live")
def dashboard_live(request: HttpRequest) -> HttpResponse:
    """The parts that change by themselves, some seconds later."""
    parts = live_parts(request.user, launches=bool(launchables(request.user)))
    return render(request, "backoffice/dashboard/live.html", parts)


@page("dashboard/seen/", name="dashboard_seen", permission="tasks_app.view_job")
@require_POST
def dashboard_seen(request: HttpRequest) -> HttpResponse:
    """This person has seen what failed up to `until`. It is about nobody else, so nothing asks or logs it."""
    until = _moment(request.POST.get("until", ""))
    if until is None:
        return HttpResponseBadRequest()
    # The next question is "from this moment on": the last failure that was seen is before it.
    seen = {"failures_until": min(until, shared_time.now()) + timedelta(microseconds=1)}
    LastLook.objects.update_or_create(user=viewer(request), defaults=seen)
    return redirect("admin:index")


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return aware(moment) if moment and timezone.is_aware(moment) else None


def live_parts(user: Any, *, launches: bool) -> dict[str, Any]:
    """Each part is there only for who may open the list behind it; `launches`: who may start something."""
    now = shared_time.now()
    parts: dict[str, Any] = {"now": now, "sees_jobs": user.has_perm("tasks_app.view_job")}
    nodes = alive(now) if user.has_perm("tasks_app.view_queuestate") else None
    if nodes is not None:
        parts["queues"] = queues(now, nodes)
    look = Look(user, now, nodes or [], parts.get("queues", []))
    parts["needs"] = attention.needs(look)
    if parts["needs"] == []:
        parts["calm"] = attention.calm(look)
    if parts["sees_jobs"]:
        parts["running"] = activity.running()
    if launches:
        parts["started"] = activity.started_by(user, now)
    if user.has_perm("django_celery_beat.view_periodictask"):
        parts["next_runs"] = activity.next_runs(now)
        parts["schedules_wait"] = (
            not parts["next_runs"] and PeriodicTask.objects.filter(enabled=True).exists()
        )
        parts["may_schedule"] = user.has_perm("django_celery_beat.add_periodictask")
    if user.has_perm("backoffice.view_report"):
        parts["reports"] = activity.latest_reports(user)
        parts["may_order"] = user.has_perm("backoffice.order_report")
    return parts
