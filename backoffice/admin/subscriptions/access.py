"""Which subscription a page is about, and who may see and handle it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse

from backoffice.admin.viewer import viewer
from backoffice.models import Subscription
from backoffice.reports import registry
from backoffice.reports.base import ReportType
from backoffice.subscriptions.owners import may_handle, visible
from tasks_app.admin.things import row_of

VIEW = "backoffice.view_subscription"
LIST = "admin:backoffice_subscription_changelist"


def find(request: HttpRequest, object_id: str) -> Subscription:
    """The subscription of a URL; raises Http404, or PermissionDenied where this person may not see it."""
    user: Any = viewer(request)
    found = row_of(Subscription, object_id)
    if found is None:
        raise Http404
    if not user.has_perm(VIEW) or not visible(user, Subscription.objects.filter(pk=found.pk)).exists():
        raise PermissionDenied
    return found


def find_to_handle(request: HttpRequest, object_id: str) -> Subscription:
    """The same for whoever does something to it."""
    found = find(request, object_id)
    if not may_handle(viewer(request), found):
        raise PermissionDenied
    return found


def kind_of(subscription: Subscription) -> ReportType | None:
    """None where its report does not exist any more."""
    return next((one for one in registry.report_types() if one.slug == subscription.type), None)


def page_of(subscription: Subscription, name: str = "change") -> str:
    return reverse(f"admin:backoffice_subscription_{name}", args=[subscription.pk])
