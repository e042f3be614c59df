"""A schedule's own pages: choose the job, fill in its form and the rhythm, see the next runs and the past."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.arguments import shown_arguments
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.dressing import dress
from tasks_app.admin.launch import add_errors
from tasks_app.admin.schedules.access import (
    ADD,
    CHANGE,
    DELETE,
    RUN,
    VIEW,
    change_url,
    job_label,
    may_handle,
    problem_shown,
    schedule_of,
    stored_arguments,
)
from tasks_app.admin.schedules.form import ASKS, ScheduleForm
from tasks_app.admin.schedules.history import history
from tasks_app.admin.schedules.preview import coming
from tasks_app.admin.schedules.rows import RhythmKind
from tasks_app.audit.changes import UNCHANGED, of_fields
from tasks_app.catalogue import Launchable, find_allowed, launchable_of, launchables
from tasks_app.db import shared_time
from tasks_app.errors import InvalidArguments, UnknownJob
from tasks_app.models import ScheduleOptions
from tasks_app.notices import in_each_language
from tasks_app.schedules.job_of_schedule import InvalidSchedule, headers_of
from tasks_app.schedules.planning import RHYTHM_COLUMNS, plan
from tasks_app.schedules.rhythm import words

RHYTHM_FIELDS = [name for name in ScheduleForm.base_fields if name in {"kind"}.union(*ASKS.values())]
BOUND_FIELDS = ("start_time", "expires", "after_downtime", "one_off", "enabled")


def add(request: HttpRequest) -> HttpResponse:
    """First the job is chosen, then its form and the rhythm are filled in."""
    require(request, ADD)
    one = _chosen(request)
    if one is None:
        context = {"title": _("New schedule: what should run?"), "launchables": launchables(request.user)}
        return _page(request, "tasks_app/schedule_job.html", context)
    data = request.POST if request.method == "POST" else None
    schedule_form = ScheduleForm(data, prefix="schedule")
    if data is None:
        schedule_form.initial["name"] = str(one.label)
    job_form = one.form(data)
    if data is not None and schedule_form.is_valid() & _can_be_done(one, job_form):
        schedule = schedule_form.unsaved()
        _save(request, schedule, schedule_form, one, job_form)
        messages.success(request, _("The schedule was added."))
        return redirect(change_url(schedule))
    title = _("New schedule: %(job)s") % {"job": one.label}
    return _form_page(request, None, one, schedule_form, job_form, {"title": title})


def change(request: HttpRequest, object_id: str) -> HttpResponse:
    """The schedule, to edit for whoever may, and what came of its times."""
    require(request, VIEW)
    schedule = schedule_of(object_id)
    arguments, unreadable = stored_arguments(schedule)
    one = _chosen(request) or launchable_of(schedule.task, arguments)
    context = {
        "title": schedule.name,
        "schedule": schedule,
        "problem": problem_shown(schedule),
        "unreadable": unreadable,
        "may_run": request.user.has_perm(RUN) and may_handle(request.user, schedule),
        "may_change": request.user.has_perm(CHANGE) and may_handle(request.user, schedule),
        "may_delete": request.user.has_perm(DELETE) and may_handle(request.user, schedule),
        "job_label": job_label(schedule),
        "next_slot": schedule.options.next_slot if hasattr(schedule, "options") else None,
        **history(request, schedule),
    }
    if not context["may_change"]:
        shown = list(shown_arguments(request, schedule.task, arguments))
        context |= {"words": words(schedule), "arguments": shown}
        context["not_theirs"] = not may_handle(request.user, schedule)
        return _page(request, "tasks_app/schedule_read.html", context | coming(schedule))
    data = request.POST if request.method == "POST" else None
    schedule_form = ScheduleForm(data, schedule=schedule, prefix="schedule")
    if one is None:  # its job is gone: the rhythm can be edited, and another job chosen
        return _form_page(request, schedule, None, schedule_form, forms.Form(data), context)
    open_ones = {name: value for name, value in arguments.items() if name not in one.kind.secret}
    job_form = one.form(data, initial=open_ones)
    context["dropped"] = sorted(arguments.keys() - job_form.fields.keys() - one.variant.fixed.keys())
    valid = data is not None and schedule_form.is_valid() & _can_be_done(one, job_form)
    if valid and secrets_stay(schedule, one, job_form):
        _save(request, schedule_form.unsaved(), schedule_form, one, job_form)
        messages.success(request, _("The schedule was changed."))
        return redirect(change_url(schedule))
    return _form_page(request, schedule, one, schedule_form, job_form, context)


def _can_be_done(one: Launchable, job_form: forms.Form) -> bool:
    """Whether the job's form is valid, and the job would not fail as it is; the form says why."""
    if not job_form.is_valid():
        return False
    try:
        one.foretell(one.arguments(job_form))
    except InvalidArguments as error:
        add_errors(job_form, error)
    return job_form.is_valid()


def _save(
    request: HttpRequest, schedule: PeriodicTask, form: ScheduleForm, one: Launchable, job_form: forms.Form
) -> None:
    """The rows, the plan and the log of one edit, together."""
    is_new = schedule.pk is None
    changed = [*of_fields(form), *of_fields(job_form, one.kind.secret)] or [UNCHANGED()]
    with transaction.atomic():
        for column in RHYTHM_COLUMNS:
            row = getattr(schedule, column)
            if row is not None and row.pk is None:
                row.save()
                setattr(schedule, column, row)
        arguments = one.arguments(job_form)
        schedule.kwargs = json.dumps(arguments | _kept_secrets(schedule, one, arguments))
        schedule.task, schedule.args = one.kind.name, "[]"
        try:
            headers_of(schedule)
        except InvalidSchedule:  # they are no field of the form, which nobody else mends
            schedule.headers = "{}"
        schedule.save()
        plan(schedule, shared_time.now())
        ScheduleOptions.objects.filter(pk=schedule.pk).update(
            after_downtime=form.cleaned_data["after_downtime"]
        )
        rhythm = in_each_language(lambda: words(schedule))
        if is_new:
            log_action(request, schedule, audit_log.SCHEDULE_ADDED(rhythm=rhythm), ADDITION)
        else:
            log_action(request, schedule, audit_log.SCHEDULE_EDITED(fields=changed, rhythm=rhythm))


def secrets_stay(schedule: PeriodicTask, one: Launchable, job_form: forms.Form) -> bool:
    """Whether secrets that are left empty stay with the very call they were given for.

    Where another argument changed the form asks for them anew: whoever may edit a schedule could else have
    its password sent to a host of their own.
    """
    arguments = one.arguments(job_form)
    kept = _kept_secrets(schedule, one, arguments)
    if kept and _open(one, stored_arguments(schedule)[0]) != _open(one, arguments):
        for name in kept:
            job_form.add_error(name, _("Other arguments changed: write this secret once more."))
    return job_form.is_valid()


def _open(one: Launchable, arguments: dict[str, Any]) -> dict[str, Any]:
    """Those that are no secret, as they are stored."""
    shown = {name: value for name, value in arguments.items() if name not in one.kind.secret}
    return dict(json.loads(json.dumps(shown)))


def _kept_secrets(schedule: PeriodicTask, one: Launchable, arguments: dict[str, Any]) -> dict[str, Any]:
    """A secret is never shown; left empty, it stays what it was, for the same job."""
    stored = stored_arguments(schedule)[0] if schedule.task == one.kind.name else {}
    return {name: stored[name] for name in one.kind.secret if stored.get(name) and not arguments.get(name)}


def _form_page(
    request: HttpRequest,
    schedule: PeriodicTask | None,
    one: Launchable | None,
    schedule_form: ScheduleForm,
    job_form: forms.Form,
    context: dict[str, Any],
) -> HttpResponse:
    choices_url = (lambda name: reverse("admin:launch_choices", args=[one.slug, name])) if one else None
    kind = schedule_form["kind"].value() or RhythmKind.DAILY
    preview_name = "admin:django_celery_beat_periodictask_preview"
    context |= {
        "launchable": one,
        "schedule_form": _switching_kinds(_without_focus(dress(schedule_form))),
        "job_form": _without_focus(dress(job_form, choices_url)),
        "kind": kind,
        "preview_url": reverse(f"{preview_name}_of", args=[schedule.pk])
        if schedule
        else reverse(preview_name),
        "rhythm_fields": [(schedule_form[name], _asked_by(name)) for name in RHYTHM_FIELDS],
        "bound_fields": [schedule_form[name] for name in BOUND_FIELDS],
        "error_lists": [errors for form in (schedule_form, job_form) if (errors := form.non_field_errors())],
        "other_jobs": launchables(request.user),
        "media": schedule_form.media + job_form.media,
    }
    if schedule is not None:
        context |= coming(schedule_of(schedule.pk)) if not schedule_form.is_bound else {}
    return _page(request, "tasks_app/schedule_form.html", context)


def _switching_kinds(form: forms.Form) -> forms.Form:
    """The kind that is chosen shows and hides the fields of the rhythm."""
    form.fields["kind"].widget.attrs["x-model"] = "kind"
    return form


def _asked_by(name: str) -> str:
    """The kinds of rhythm that ask for a field, as JSON; "" for a field that is always there."""
    kinds = [str(kind) for kind, asked in ASKS.items() if name in asked]
    return json.dumps(kinds) if kinds else ""


def _without_focus(form: forms.Form) -> forms.Form:
    """The page is read from its top: a focus in its middle would scroll there."""
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)
    return form


def _chosen(request: HttpRequest) -> Launchable | None:
    slug = request.GET.get("job", "")
    if not slug:
        return None
    try:
        return find_allowed(slug, request.user)
    except UnknownJob:
        raise Http404 from None


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    context = admin.site.each_context(request) | {"opts": PeriodicTask._meta} | context
    return TemplateResponse(request, template, context)
