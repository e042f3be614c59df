"""A new question, or a new version of one: its rows and the line of the audit log, together."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.admin import audited
from backoffice.admin.questions.access import LIST, find, page_of
from backoffice.admin.questions.forms import (
    ParameterFormSet,
    VersionForm,
    initial_of,
    parameter_lines,
    undeclared,
)
from backoffice.admin.viewer import viewer
from backoffice.models import Question, QuestionVersion
from backoffice.questions import reviewing, views
from backoffice.questions.asking.runner import is_on, is_postgresql
from backoffice.questions.errors import NotAnswered
from backoffice.questions.statements.names import POSTGRESQL, SQLITE
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.dressing import dress


def add(request: HttpRequest) -> HttpResponse:
    require(request, reviewing.VIEW, reviewing.WRITE)
    return _form(request, None, None, _("New question"))


def edit(request: HttpRequest, object_id: str) -> HttpResponse:
    """The latest version, to be written anew; who reviews it must be somebody else."""
    question = find(request, object_id)
    require(request, reviewing.WRITE)
    return _form(request, question, question.versions.first(), question.title)


def _form(
    request: HttpRequest, question: Question | None, latest: QuestionVersion | None, title: str
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = VersionForm(data, initial=initial_of(latest) if latest else None)
    lines = parameter_lines(data, latest.parameters if latest else [])
    if data is not None and all([form.is_valid(), lines.is_valid()]):
        for name in undeclared(form.cleaned_data["sql"], lines.parameters):
            form.add_error("sql", _("There is no parameter for :%(name)s.") % {"name": name})
        if form.is_valid():
            version = _save(request, question, form, lines)
            messages.success(request, _("It is written. Try it, and ask somebody else to review it."))
            return redirect(page_of(version.question))
    for line in lines.forms:
        dress(line)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": title,
        "opts": Question._meta,
        "form": dress(form),
        "lines": lines,
        "is_new": question is None,
        "media": form.media,
        "views": _views(request),
        "functions": sorted(POSTGRESQL if is_postgresql() else SQLITE),
        "off": not is_on(),
        "back": page_of(question) if question else reverse(LIST),
    }
    return TemplateResponse(request, "backoffice/questions/form.html", context)


def _views(request: HttpRequest) -> list[views.View]:
    """What may be asked; where the list cannot be used, a message says so."""
    try:
        return views.views()
    except NotAnswered as error:
        messages.error(request, str(error))
        return []


def _save(
    request: HttpRequest, question: Question | None, form: VersionForm, lines: ParameterFormSet
) -> QuestionVersion:
    given = dict(form.cleaned_data)
    groups = given.pop("groups")
    parameters = [one.stored() for one in lines.parameters]
    with transaction.atomic():
        version = QuestionVersion(author=viewer(request), parameters=parameters, **given)
        reviewing.write(question, version, groups)
        said = audited.QUESTION_WRITTEN(number=version.number)
        if question is None:
            log_action(request, version.question, said, ADDITION)
        else:
            log_action(request, version.question, said)
    return version
