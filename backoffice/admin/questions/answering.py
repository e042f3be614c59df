"""A question asked on a page: its form, the job that asks it, and its answer to be read there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.admin import audited
from backoffice.admin.questions.access import find, page_of
from backoffice.admin.viewer import viewer
from backoffice.models import Question, QuestionAnswer, QuestionVersion
from backoffice.questions import drawing, kinds, reviewing, trying
from backoffice.questions.errors import NotAnswered
from backoffice.reports.formatting import shown
from backoffice.reports.sections import Badge
from tasks_app.admin.common import log_action
from tasks_app.admin.dressing import dress
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.catalogue import plain
from tasks_app.launching import launch
from tasks_app.models import FINAL, Job, State
from tasks_app.question_tasks import ASK

FORMATS = "format"  # of the document: a page has none


def ask(request: HttpRequest, object_id: str) -> HttpResponse:
    """The latest version for who writes or reviews, the approved one for all others."""
    question, user = find(request, object_id), viewer(request)
    version = _version_for(request, question)
    kind = kinds.type_of(version)
    key = launch_key(request)
    form = kind.form(request.POST if request.method == "POST" else None)
    form.fields.pop(FORMATS)
    if request.method == "POST" and form.is_valid():
        given = {name: plain(value) for name, value in form.cleaned_data.items() if value is not None}
        with transaction.atomic():
            job = launch(ASK, {"version": version.pk, "parameters": given}, by=user, key=key)
            log_action(request, question, audited.QUESTION_ASKED(number=version.number))
        return redirect(f"{page_of(question, 'answer')}?job={job.pk}")
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Ask: %(question)s") % {"question": version.title},
        "opts": Question._meta,
        "question": question,
        "version": version,
        "form": dress(form),
        "media": form.media,
        "launch_key": key,
        "launch_key_field": FIELD,
        "back": page_of(question),
    }
    return TemplateResponse(request, "backoffice/questions/ask.html", context)


def _version_for(request: HttpRequest, question: Question) -> QuestionVersion:
    user = viewer(request)
    versions = question.versions.select_related("question")
    for version in (versions.first(), versions.filter(pk=question.current_id or 0).first()):
        if version is not None and reviewing.may_ask(user, version):
            return version
    raise PermissionDenied


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    """The answer of one job, for who asked alone; while it runs the page looks again each second."""
    question = find(request, object_id)
    job = _own_job(request)
    answer = QuestionAnswer.objects.filter(job_id=job.pk, version__question=question)
    found = answer.select_related("version").first()
    version_id = found.version_id if found else job.kwargs.get("version")
    if not question.versions.filter(pk=version_id).exists():
        raise Http404
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Answer: %(question)s") % {"question": question.title},
        "opts": Question._meta,
        "question": question,
        "job": job,
        "is_live": job.state not in FINAL,
        "failed": job.state in FINAL and job.state != State.SUCCEEDED,
        "answer": found,
        "again": page_of(question, "ask"),
        "back": page_of(question),
        **(_table(found) if found else {}),
    }
    if found and kinds.may_run(viewer(request), question):
        context["order_url"] = _order_url(question, found)
    return TemplateResponse(request, "backoffice/questions/answer.html", context)


def _own_job(request: HttpRequest) -> Job:
    try:
        identity = str(UUID(request.GET.get("job", "")))
    except ValueError:
        raise Http404 from None
    job = Job.objects.filter(pk=identity, name=ASK, created_by=viewer(request)).first()
    if job is None:
        raise Http404
    return job


def _table(row: QuestionAnswer) -> dict[str, Any]:
    """Totals only where all rows are here: those of a part would pass for those of the whole."""
    answer = trying.kept(row)
    whole = row.row_count == len(answer.rows)
    try:
        totals = [answer.number_at(one) for one in row.version.totals] if whole else []
        table = drawing.table(row.version, answer, totals)
    except NotAnswered:  # it was checked when it was asked: only what code changed since can say so
        return {}
    lines = [
        {
            "cells": [
                (shown(value), column.number) for value, column in zip(row, table.columns, strict=True)
            ],
            "is_sum": any(isinstance(value, Badge) for value in row),
        }
        for row in table.rows
    ]
    return {"columns": table.columns, "lines": lines, "whole": whole, "shown": len(answer.rows)}


def _order_url(question: Question, row: QuestionAnswer) -> str:
    slug = f"rapport_pdf:{kinds.slug_of(question)}"
    return reverse("admin:launch_form", args=[slug], query=row.parameters)
