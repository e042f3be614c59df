"""Where the root leads: who runs failed work again begins with what failed, all others on the dashboard."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

DASHBOARD, FAILURES = "admin:index", "admin:tasks_app_failuregroup_changelist"
SUPPORT = ("tasks_app.view_job", "tasks_app.rerun_job")


def first_page(request: HttpRequest) -> HttpResponse:
    """A superuser has every right, and came for no one thing."""
    user: Any = request.user
    if not user.is_authenticated:
        return redirect("admin:login")
    is_support = user.has_perms(SUPPORT) and not user.is_superuser
    return redirect(FAILURES if is_support else DASHBOARD)
