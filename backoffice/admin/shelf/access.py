"""Which binder a page is about, and who may see it: who may see reports of its type."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from backoffice.admin.viewer import viewer
from backoffice.models import Binder
from backoffice.reports import registry
from tasks_app.admin.things import row_of

SEE = "backoffice.view_report"
LIST = "admin:backoffice_binder_changelist"


def find(request: HttpRequest, object_id: str) -> Binder:
    """Raises Http404, or PermissionDenied where this person may not see it."""
    binder, user = row_of(Binder, object_id), viewer(request)
    if binder is None:
        raise Http404
    if not may_see(user, binder):
        raise PermissionDenied
    return binder


def may_see(user: Any, binder: Binder) -> bool:
    return bool(user.has_perm(SEE)) and registry.may_see(user, binder.type)


def title_of(slug: str) -> str:
    """Of a report that does not exist any more, what it is called in links."""
    return next((str(one.title) for one in registry.report_types() if one.slug == slug), slug)
