"""The first page: what needs a person now, what goes on, and what this person can start."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from backoffice.admin import activity, attention
from tasks_app.catalogue import launchables

# The road check is offered on the page of queues and workers; events of emails are read by a schedule.
NOT_OFFERED = frozenset({"debug_task", "read_email_events"})


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: what the whole page shows to this person."""
    user = request.user
    context["launchables"] = [one for one in launchables(user) if one.slug not in NOT_OFFERED]
    # Who runs failed work again came for what failed; everybody else came to start something.
    context["troubles_first"] = user.has_perm("tasks_app.rerun_job")
    if user.has_perm("tasks_app.view_job"):
        context["chart"] = activity.last_day()
    context |= live_parts(user)
    context["without_rights"] = not user.get_all_permissions()
    return context


@admin.site.page("dashboard/live/", name="dashboard_live")
def dashboard_live(request: HttpRequest) -> HttpResponse:
    """The parts that change by themselves, some seconds later."""
    return render(request, "backoffice/dashboard/live.html", live_parts(request.user))


def live_parts(user: Any) -> dict[str, Any]:
    """Each part is there only for who may open the list behind it."""
    now = timezone.now()
    parts: dict[str, Any] = {"now": now, "needs": attention.needs(user, now)}
    if user.has_perm("tasks_app.view_job"):
        parts["running"] = activity.running()
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
