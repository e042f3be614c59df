"""Filters of the list of jobs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tasks_app.admin.filters import OneOf, once_a_request
from tasks_app.catalogue import label_of
from tasks_app.db import shared_time
from tasks_app.display import labelled
from tasks_app.failures.keys import (
    Key,
    from_address,
    groups_with_cause,
    is_ignored,
    jobs_of,
    jobs_with,
    key_of,
    why,
)
from tasks_app.models import FailureGroup, Job, State
from tasks_app.models.job import Origin, is_due
from tasks_app.monitor.health import work
from tasks_app.monitor.queue_status import known_queues, queues_of_jobs

MOST_LEFT_OUT = 10  # causes that one address leaves out


class StateFilter(OneOf):
    """Failed are those that need somebody, unless the list is asked for repaired ones too."""

    title = _("state")
    parameter_name = "state"
    column = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        words = {} if _asks_for_repaired(request) else {State.FAILED: _("Failed, not repaired")}
        return [(state.value, str(words.get(state, state.label))) for state in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = super().queryset(request, queryset)
        if State.FAILED not in self.chosen() or _asks_for_repaired(request):
            return found
        if self.chosen() == [State.FAILED]:
            return found.filter(repaired_at=None)
        return found.exclude(state=State.FAILED, repaired_at__isnull=False)


class RepairedFilter(OneOf):
    """Failed jobs, by whether a later run of the same work succeeded."""

    title = _("repaired")
    parameter_name = "repaired"
    YES, NO, ANY = "yes", "no", "any"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [
            (self.NO, str(_("Failed, not repaired"))),
            (self.YES, str(_("Failed, repaired by a re-run"))),
            (self.ANY, str(_("Failed, repaired or not"))),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = set(self.chosen()) & {self.YES, self.NO, self.ANY}
        if not chosen:
            return queryset
        if chosen == {self.YES}:
            return queryset.filter(state=State.FAILED, repaired_at__isnull=False)
        if chosen == {self.NO}:
            return queryset.filter(state=State.FAILED, repaired_at=None)
        return queryset.filter(state=State.FAILED)


def _asks_for_repaired(request: HttpRequest) -> bool:
    """Whether the other filter says which of the failed are shown."""
    return any(request.GET.getlist(RepairedFilter.parameter_name))


class CauseFilter(OneOf):
    """Jobs that failed with a cause: those that one of the causes of failures counts."""

    title = _("cause")
    parameter_name = "cause"

    @once_a_request
    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        """Those of the address alone, that there are: nobody chooses among thousands."""
        asked = [from_address("", cause) for cause in request.GET.getlist(self.parameter_name) if cause]
        if not asked:
            return []
        known = FailureGroup.objects.filter(groups_with_cause(asked)).values_list("cause", "error_class")
        causes = {key_of("", cause, error_class) for cause, error_class in known.distinct()}
        return [(key.address, why(key)) for key in sorted(causes)]

    def has_output(self) -> bool:
        """The list takes it where nothing is chosen, and offers nothing."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        return queryset.filter(jobs_with(chosen)) if chosen else queryset


class OtherCausesFilter(CauseFilter):
    """Jobs that failed with none of these causes, each of one kind: what the first page counts beside those
    that it names."""

    title = _("other causes than")
    parameter_name = "not_cause"

    @once_a_request
    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        """Those of the address alone, that jobs failed with: the clock may not have counted them yet."""
        asked = dict.fromkeys(filter(None, request.GET.getlist(self.parameter_name)[:MOST_LEFT_OUT]))
        keys = [(value, key_of_value(value)) for value in asked]
        return [
            (value, labelled(label_of(key.kind), why(key)))
            for value, key in keys
            if Job.objects.filter(jobs_of(key)).exists()
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        for value in chosen:
            queryset = queryset.exclude(jobs_of(key_of_value(value)))
        return queryset.filter(state=State.FAILED) if chosen else queryset


def value_of_key(key: Key) -> str:
    """A cause of one kind, as `not_cause` names it: no kind's name has a blank."""
    return f"{key.kind} {key.address}"


def key_of_value(value: str) -> Key:
    kind, _blank, address = value.partition(" ")
    return from_address(kind, address)


class IgnoredFilter(OneOf):
    """Failed jobs, by whether somebody said that their cause is to be ignored."""

    title = _("ignored causes")
    parameter_name = "ignored"
    YES, NO = "yes", "no"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(self.NO, str(_("Left out"))), (self.YES, str(_("These alone")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {self.YES, self.NO} & set(self.chosen())
        if chosen == {self.YES}:
            return queryset.filter(is_ignored(), state=State.FAILED)
        return queryset.exclude(is_ignored(), state=State.FAILED) if chosen == {self.NO} else queryset


class QueueFilter(OneOf):
    """The queues of jobs, and those of the address that other pages show: no job went there, and they link to
    the list of none."""

    title = _("queue")
    parameter_name = "queue"
    column = "queue"

    @once_a_request
    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        queues = set(queues_of_jobs())
        if others := set(request.GET.getlist(self.parameter_name)) - {*queues, ""}:
            queues |= others & set(known_queues())
        return [(name, name) for name in sorted(queues)]


class OriginFilter(OneOf):
    title = _("origin")
    parameter_name = "origin"
    column = "origin"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(origin.value, str(origin.label)) for origin in Origin]


class TroubleFilter(OneOf):
    """Jobs that do not get on, as `manage.py doctor` and the dashboard count them."""

    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [("unpublished", str(_("Due, never published"))), ("stuck", str(_("Stuck")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = shared_time.now()
        chosen = self.chosen()
        found = [work.unpublished(now)] if "unpublished" in chosen else []
        found += [work.stuck(now), work.awaiting_replacement(now)] if "stuck" in chosen else []
        if not found:
            return queryset
        return queryset.filter(reduce(or_, (Q(pk__in=jobs.order_by().values("pk")) for jobs in found)))


class DueFilter(OneOf):
    """Waiting jobs whose moment has come, or comes later, as the pages count them for each queue."""

    title = _("due")
    parameter_name = "due"
    # The order of the list: who has waited longest, or is next, stands on top.
    orders = {"now": ("available_at", "id"), "later": ("available_at", "id")}

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [("now", str(_("Now, the oldest first"))), ("later", str(_("Later, the next first")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.orders.keys() & self.chosen()
        if len(chosen) != 1:
            return queryset
        due = is_due(shared_time.now())
        return queryset.filter(due if chosen == {"now"} else ~due, state=State.WAITING)
