"""Filters of the inbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tasks_app import places
from tasks_app.admin.filters import KindFilter, OneOf, is_narrowed
from tasks_app.db import shared_time
from tasks_app.display import COUNTED_ROWS, counts_up_to, more_than
from tasks_app.failures.open import remember
from tasks_app.models import FailureGroup, FailureStatus
from tasks_app.models.failure_group import still_known, to_look_at

TO_LOOK_AT, ALL = "open", "all"
LABELS = {
    TO_LOOK_AT: pgettext_lazy("causes", "To look at"),
    FailureStatus.KNOWN.value: FailureStatus.KNOWN.label,
    FailureStatus.REPAIRED.value: FailureStatus.REPAIRED.label,
    FailureStatus.IGNORED.value: FailureStatus.IGNORED.label,
    ALL: pgettext_lazy("causes", "All"),
}


def _conditions(now: datetime) -> dict[str, Q]:
    """By status as the list is asked for it: together they are all causes, and none is in two of them."""
    return {
        TO_LOOK_AT: to_look_at(now),
        FailureStatus.KNOWN.value: still_known(now),
        FailureStatus.REPAIRED.value: Q(status=FailureStatus.REPAIRED),
        FailureStatus.IGNORED.value: Q(status=FailureStatus.IGNORED),
    }


class StatusFilter(OneOf):
    """What nobody has decided about, unless the list is asked for more."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(name, str(label)) for name, label in LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen() or [TO_LOOK_AT]
        if ALL in chosen:
            return queryset
        conditions = _conditions(shared_time.now())
        asked = [conditions[name] for name in chosen if name in conditions]
        return queryset.filter(reduce(or_, asked)) if asked else queryset


class GroupKindFilter(KindFilter):
    column = "kind"


def status_chips(request: HttpRequest) -> list[dict[str, Any]]:
    """The statuses as links above the list, which keep all else that it is narrowed to; where that is nothing
    they say how many there are."""
    conditions = _conditions(shared_time.now())
    asked = [FailureGroup.objects.filter(condition) for condition in conditions.values()]
    found = dict(zip(conditions, counts_up_to(COUNTED_ROWS, asked), strict=True))
    remember(request.user, found[TO_LOOK_AT])
    if is_narrowed(request, StatusFilter.parameter_name):
        found = {}
    chosen = request.GET.getlist(StatusFilter.parameter_name) or [TO_LOOK_AT]
    return [
        {
            "label": label,
            "query": _with_status(request, name),
            "active": chosen == [name],
            "count": more_than(found[name], COUNTED_ROWS) if found.get(name) else "",
        }
        for name, label in LABELS.items()
    ]


def _with_status(request: HttpRequest, status: str) -> str:
    query = request.GET.copy()
    for name in (PAGE_VAR, *places.NAMES):
        query.pop(name, None)
    query[StatusFilter.parameter_name] = status
    return f"?{query.urlencode()}"
