"""Which jobs an address means: those of one cause, those that were ticked, or all that match a list."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from tasks_app.admin.things import cause_url
from tasks_app.batches import causes
from tasks_app.catalogue import label_of
from tasks_app.display import labelled
from tasks_app.failures.keys import from_address, jobs_with, why
from tasks_app.models import Job
from tasks_app.notices import Notice, in_each_language

IDS, CAUSE, KIND, CHANGE = "ids", "cause", "kind", "change"


class Misunderstood(Exception):
    """The address asks for what its list does not know: that would be more jobs than were meant."""


@dataclass(frozen=True)
class Asked:
    jobs: QuerySet[Job]
    words: Notice
    kind: str = ""  # where it is of one kind alone


def asked_for(request: HttpRequest) -> Asked:
    """Raises Misunderstood."""
    query = request.GET.copy()
    query.pop(CHANGE, None)
    kinds = query.getlist(KIND)
    kind = kinds[0] if len(kinds) == 1 else ""
    if ids := query.getlist(IDS):
        jobs = Job.objects.filter(pk__in=ids)
        return Asked(jobs, causes.OF_TICKED(count=len(set(ids))), _kind_of_ticked(jobs))
    if cause := _cause_alone(query):
        return _of_cause(cause, kind)
    return _of_list(request, query, kind)


def _cause_alone(query: QueryDict) -> str:
    """Of an address that asks for a cause and for nothing else, but perhaps its kind."""
    return "" if query.keys() - {CAUSE, KIND} else query.get(CAUSE, "")


def came_from(request: HttpRequest) -> str:
    """The page of the cause, or the list that the address is narrowed as: to go back to."""
    query = request.GET.copy()
    query.pop(CHANGE, None)
    if (cause := _cause_alone(query)) and (kind := query.get(KIND, "")):
        return cause_url(kind, cause)
    for name in (IDS, CHANGE, CAUSE):
        query.pop(name, None)
    return reverse("admin:tasks_app_job_changelist", query=query)


def _kind_of_ticked(jobs: QuerySet[Job]) -> str:
    names = list(jobs.order_by().values_list("name", flat=True).distinct()[:2])
    return names[0] if len(names) == 1 else ""


def _of_cause(cause: str, kind: str) -> Asked:
    jobs = Job.objects.unrepaired().filter(jobs_with([cause]))
    if kind:
        jobs = jobs.filter(name=kind)
    label = in_each_language(lambda: label_of(kind) if kind else _("Jobs"))
    words = causes.OF_CAUSE(kind=label, cause=in_each_language(lambda: why(from_address(kind, cause))))
    return Asked(jobs, words, kind)


def _of_list(request: HttpRequest, query: QueryDict, kind: str) -> Asked:
    """As the list itself reads its address, its search included."""
    for name in (PAGE_VAR, ORDER_VAR):
        query.pop(name, None)
    other = copy(request)
    other.GET, other.method = query, "GET"  # type: ignore[assignment]  # Django's own type is of one that stays
    try:
        changelist: Any = admin.site._registry[Job].get_changelist_instance(other)
    except IncorrectLookupParameters as error:
        raise Misunderstood from error
    if getattr(changelist, "address", ""):  # the guard left something out
        raise Misunderstood
    filters = in_each_language(lambda: "; ".join(_filters(changelist)))
    narrowed = bool(list(_filters(changelist)))
    words = causes.OF_LIST(filters=filters) if narrowed else causes.OF_ALL()
    return Asked(changelist.queryset, words, kind)


def _filters(changelist: Any) -> Iterator[str]:
    """ "State: Failed", for each value that the list is narrowed to."""
    if sought := changelist.query.strip():
        yield labelled(_("Search words"), sought)
    for spec in changelist.filter_specs:
        for name in filter(None, spec.expected_parameters()):
            values = [value for value in changelist.filter_params.get(name, []) if value != ""]
            if values:
                yield labelled(
                    capfirst(str(spec.title)), ", ".join(_value(spec, name, one) for one in values)
                )


def _value(spec: Any, name: str, value: str) -> str:
    if in_words := getattr(spec, "in_words", None):
        return str(in_words(name, value))
    return next((str(label) for key, label in spec.lookup_choices if str(key) == value), value)
