"""The launch page: what this person may launch, and each one's own form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tasks_app.admin import audit_log
from tasks_app.admin.arguments import changes_since
from tasks_app.admin.common import log_action, page
from tasks_app.admin.dressing import dress, rows_of
from tasks_app.admin.framing import allows_preview
from tasks_app.admin.launch_keys import derived_key, launch_key
from tasks_app.catalogue import Arguments, Launchable, find_allowed, launchables
from tasks_app.errors import InvalidArguments, UnknownJob
from tasks_app.launching import launch
from tasks_app.ledger.json_values import Unstorable
from tasks_app.models import Job, State
from tasks_app.monitor.pauses import why_it_waits

CHOICES_PER_PAGE = 20
LONGEST_NUMBER = 6  # digits of a page of choices


@page("launch/", name="launch")
def launch_page(request: HttpRequest) -> HttpResponse:
    """A card for each thing this person may launch."""
    context = admin.site.each_context(request)
    context |= {"title": _("Launch"), "launchables": launchables(request.user)}
    return TemplateResponse(request, "tasks_app/launch.html", context)


@page("launch/<slug>/", name="launch_form")
def launch_form(request: HttpRequest, slug: str) -> HttpResponse:
    """One launchable's form: preview it, rehearse it, launch it."""
    one = _allowed(slug, request)
    if not one.kind.listed:  # launched by other jobs, never by hand
        raise Http404
    key = launch_key(request)
    if request.method != "POST":
        return show_form(request, one, one.form(initial=request.GET.dict()), key)
    action = request.POST.get("do", "launch")
    if action not in ("launch", "preview", "trial"):
        raise BadRequest(f"No button of this form does {action!r}.")
    form = one.form(request.POST, files=request.FILES)
    if not form.is_valid():
        return show_form(request, one, form, key, preview=action == "preview")
    if action == "preview":
        return show_form(request, one, form, key, preview=True)
    if action == "trial":
        return _rehearse(request, one, form, key)
    job = launched(request, one, form, one.arguments(form), key)
    if job is None:
        return show_form(request, one, form, key)
    tell_whether_queued(request, job)
    return redirect(job_url(job))


def launched(
    request: HttpRequest, one: Launchable, form: forms.Form, arguments: Arguments, key: str
) -> Job | None:
    """Launch it once, however often the form arrives; None where the form now says why not."""
    if twin := Job.objects.filter(launch_key=key, created_by=request.user.pk).first():
        return twin
    try:
        one.foretell(arguments)
        with transaction.atomic():
            job = launch(one.kind.name, arguments, by=request.user, key=key)
            log_action(request, job, audit_log.LAUNCHED())
    except InvalidArguments as error:
        add_errors(form, error)
        return None
    except Unstorable as error:
        form.add_error(None, str(error))
        return None
    return job


def tell_whether_queued(request: HttpRequest, job: Job, else_say: str = "") -> None:
    """Say that the queue is paused or the broker down and nothing is lost; or else that it was launched, or
    what is given."""
    job.refresh_from_db()
    if job.state == State.WAITING and (paused := why_it_waits(job.queue)):
        messages.warning(request, paused)
    elif job.state == State.WAITING and job.published_at is None:
        messages.warning(request, _("Queued; it starts when the broker is back."))
    else:
        messages.success(request, else_say or _("Launched. This page follows it."))


def add_errors(form: forms.Form, error: InvalidArguments) -> None:
    """Put errors from outside the form next to the fields they are about."""
    for name, sentences in error.errors.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


def _rehearse(request: HttpRequest, one: Launchable, form: forms.Form, key: str) -> HttpResponse:
    """Launch the rehearsal; the form stays as it is, with a new key for the next one."""
    if one.kind.trial is None:
        raise PermissionDenied
    try:
        arguments = one.kind.trial(one.arguments(form), request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return show_form(request, one, form, key)
    except InvalidArguments as error:
        add_errors(form, error)
        return show_form(request, one, form, key)
    rehearsal = derived_key(key, "trial", request.POST.get("trial", ""))
    if job := launched(request, one, form, arguments, rehearsal):
        link = format_html('<a href="{}" class="underline">{}</a>', job_url(job), _("Watch it"))
        tell_whether_queued(request, job, format_html("{} {}", _("A test is on its way to you alone."), link))
    return show_form(request, one, form, key, preview=True)


def show_form(
    request: HttpRequest,
    one: Launchable,
    form: forms.Form,
    key: str,
    *,
    preview: bool = False,
    rerun: Any = None,
    choices: forms.Form | None = None,
) -> HttpResponse:
    """The page of a form; with `preview`, what would happen (that part alone where htmx asks for it).

    `rerun` and `choices` are of a job that is corrected (job_correcting.py).
    """
    rerun_of: Job | None = rerun and rerun.job
    context: dict[str, Any] = {
        "launchable": one,
        "form": dress(form, lambda name: reverse("admin:launch_choices", args=[one.slug, name])),
        "key": key,
        "trial": launch_key(request, fresh=True),
        "rerun_of": rerun_of,
        "rerun_said": rerun.said() if rerun else [],
        "choices": choices,
        "unfit": rerun.unfit if rerun else [],
        "changes": changes_since(rerun_of) if rerun_of else [],
        "back": job_url(rerun_of) if rerun_of else reverse("admin:launch"),
        "has_preview": one.kind.preview is not None,
        "has_trial": one.kind.trial is not None and rerun_of is None,
    }
    if preview and one.kind.preview is not None:
        context["previewed"] = True
        if form.is_valid():
            context |= _previewed(one, form)
        if "HX-Request" in request.headers:
            return TemplateResponse(request, "tasks_app/launch_preview.html", context)
    context |= admin.site.each_context(request) | {
        "title": _("Correct and run again") if rerun_of else str(one.label)
    }
    shown = allows_preview(_page) if context["has_preview"] else _page
    return shown(request, context)


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, "tasks_app/launch_form.html", context)


def _previewed(one: Launchable, form: forms.Form) -> dict[str, Any]:
    assert one.kind.preview is not None  # noqa: S101 - for the type checker
    try:
        return {"preview": one.kind.preview(one.arguments(form))}
    except InvalidArguments as error:
        add_errors(form, error)
    except ValidationError as error:
        form.add_error(None, error)
    return {}


@page("launch/<slug>/choices/<field>/", name="launch_choices")
def launch_choices(request: HttpRequest, slug: str, field: str) -> HttpResponse:
    """Rows of a large table for a form's select, found by what their own list page searches."""
    one = _allowed(slug, request)
    choice = one.form().fields.get(field)
    if not isinstance(choice, forms.ModelChoiceField):
        raise Http404
    start = (_page_number(request) - 1) * CHOICES_PER_PAGE
    rows = list(
        _found(request, rows_of(choice), request.GET.get("term", ""))[start : start + CHOICES_PER_PAGE + 1]
    )
    results = [
        {"id": str(choice.prepare_value(row)), "text": choice.label_from_instance(row)}
        for row in rows[:CHOICES_PER_PAGE]
    ]
    return JsonResponse({"results": results, "pagination": {"more": len(rows) > CHOICES_PER_PAGE}})


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) <= LONGEST_NUMBER else 1


def _found(request: HttpRequest, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    rows_admin = admin.site._registry.get(rows.model)
    if not term:
        return rows
    if rows_admin is not None and rows_admin.search_fields:
        return rows_admin.get_search_results(request, rows, term)[0]
    texts = [f.name for f in rows.model._meta.fields if isinstance(f, models.CharField)]
    if not texts:
        raise FieldDoesNotExist(f"{rows.model.__name__} has no text to search")
    return rows.filter(Q(*[(f"{name}__icontains", term) for name in texts], _connector=Q.OR))


def _allowed(slug: str, request: HttpRequest) -> Launchable:
    try:
        return find_allowed(slug, request.user)
    except UnknownJob:
        raise Http404 from None


def job_url(job: Job) -> str:
    return reverse("admin:tasks_app_job_change", args=[job.pk])
