"""Whom failures of a cause touch: people and schedules, a hundred a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.failures import decisions
from tasks_app.admin.failures.saying import address, count_of_touched, name_of
from tasks_app.admin.things import Thing, gone, thing
from tasks_app.models import FailureGroup, FailureTouch

Sort = FailureTouch.Sort
PAGE = 100


def show(request: HttpRequest, object_id: str) -> HttpResponse:
    """All of one sort, in the order in which they were first touched; a page begins after a row's key."""
    group = decisions.find(request, object_id)
    sort = Sort.SCHEDULE if request.GET.get("sort") == Sort.SCHEDULE else Sort.PERSON
    after = decisions.number(request.GET.get("after", ""))
    rows = list(group.touched.filter(sort=sort, pk__gt=max(after, 0)).order_by("id")[: PAGE + 1])
    here = request.path + f"?sort={sort.value}"
    context = admin.site.each_context(request) | {
        "opts": FailureGroup._meta,
        "title": _("People touched: %(name)s") % {"name": name_of(group)}
        if sort == Sort.PERSON
        else _("Schedules touched: %(name)s") % {"name": name_of(group)},
        "touched": _things(request, rows[:PAGE]),
        "count": count_of_touched(group.people if sort == Sort.PERSON else group.schedules),
        "is_people": sort == Sort.PERSON,
        "next_url": f"{here}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "first_url": here if after > 0 else "",
        "cause_url": address(group),
    }
    return TemplateResponse(request, "tasks_app/failures/touched.html", context)


def _things(request: HttpRequest, rows: Sequence[FailureTouch]) -> list[Thing]:
    """Each by name: one query for each model that they are of."""
    by_model: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_model[_model_of(row)].append(_pk_of(row))
    found: dict[tuple[str, str], Any] = {}
    for label, pks in by_model.items():
        model = apps.get_model(label)
        for one in model._default_manager.filter(pk__in=pks):
            found[label, str(one.pk)] = one
    return [
        thing(request, found[place])
        if (place := (_model_of(row), _pk_of(row))) in found
        else gone(_pk_of(row))
        for row in rows
    ]


def _model_of(row: FailureTouch) -> str:
    return str(PeriodicTask._meta.label_lower) if row.sort == Sort.SCHEDULE else row.key.partition(":")[0]


def _pk_of(row: FailureTouch) -> str:
    return row.key if row.sort == Sort.SCHEDULE else row.key.partition(":")[2]
