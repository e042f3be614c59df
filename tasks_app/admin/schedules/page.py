"""A schedule's own pages: choose the job, fill in its form and the rhythm, see the next runs and the past."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.arguments import shown_arguments
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.launch import add_errors
from tasks_app.admin.schedules.access import (
    ADD,
    CHANGE,
    DELETE,
    RUN,
    VIEW,
    change_url,
    chosen,
    job_label,
    may_handle,
    problem_shown,
    schedule_of,
    stored_arguments,
)
from tasks_app.admin.schedules.following import about_people
from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.admin.schedules.form_page import form_page, page
from tasks_app.admin.schedules.history import came_of, history
from tasks_app.admin.schedules.phrase import as_entered, heard, is_said
from tasks_app.admin.schedules.preview import coming
from tasks_app.admin.schedules.promise import promised
from tasks_app.admin.schedules.rules import save_rule
from tasks_app.audit.changes import UNCHANGED, of_fields
from tasks_app.catalogue import Launchable, launchable_of, launchables
from tasks_app.db import shared_time
from tasks_app.errors import InvalidArguments
from tasks_app.models import ScheduleOptions
from tasks_app.notices import in_each_language
from tasks_app.schedules.job_of_schedule import InvalidSchedule, headers_of
from tasks_app.schedules.owners import give_to
from tasks_app.schedules.planning import BEATS_COLUMNS, plan
from tasks_app.schedules.rhythm import words


def add(request: HttpRequest) -> HttpResponse:
    """First the job is chosen, then its form and the rhythm are filled in."""
    require(request, ADD)
    one = chosen(request)
    if one is None:
        context = {"title": _("New schedule: what should run?"), "launchables": launchables(request.user)}
        return page(request, "tasks_app/schedule_job.html", context)
    title = _("New schedule: %(job)s") % {"job": one.label}
    if is_said(request):
        return form_page(request, None, one, heard(request, None), as_entered(one, request), {"title": title})
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
    return form_page(request, None, one, schedule_form, job_form, {"title": title})


def change(request: HttpRequest, object_id: str) -> HttpResponse:
    """The schedule, to edit for whoever may, and what came of its times."""
    require(request, VIEW)
    schedule = schedule_of(object_id)
    arguments, unreadable = stored_arguments(schedule)
    one = chosen(request) or launchable_of(schedule.task, arguments)
    context = _about(request, schedule) | {"unreadable": unreadable}
    if not context["may_change"]:
        shown = list(shown_arguments(request, schedule.task, arguments))
        context |= {"words": words(schedule), "arguments": shown}
        context["not_theirs"] = not may_handle(request.user, schedule)
        return page(request, "tasks_app/schedule_read.html", context | coming(schedule))
    if is_said(request):
        job_form = as_entered(one, request) if one else forms.Form()
        return form_page(request, schedule, one, heard(request, schedule), job_form, context)
    data = request.POST if request.method == "POST" else None
    schedule_form = ScheduleForm(data, schedule=schedule, prefix="schedule")
    if one is None:  # its job is gone: the rhythm can be edited, and another job chosen
        return form_page(request, schedule, None, schedule_form, forms.Form(data), context)
    open_ones = {name: value for name, value in arguments.items() if name not in one.kind.secret}
    job_form = one.form(data, initial=open_ones)
    context["dropped"] = sorted(arguments.keys() - job_form.fields.keys() - one.variant.fixed.keys())
    valid = data is not None and schedule_form.is_valid() & _can_be_done(one, job_form)
    if valid and secrets_stay(schedule, one, job_form):
        _save(request, schedule_form.unsaved(), schedule_form, one, job_form)
        messages.success(request, _("The schedule was changed."))
        return redirect(change_url(schedule))
    return form_page(request, schedule, one, schedule_form, job_form, context)


def _about(request: HttpRequest, schedule: PeriodicTask) -> dict[str, Any]:
    """What its page says above the form, and what its reader may do."""
    return {
        "title": schedule.name,
        "schedule": schedule,
        "problem": problem_shown(schedule),
        "may_run": request.user.has_perm(RUN) and may_handle(request.user, schedule),
        "may_change": request.user.has_perm(CHANGE) and may_handle(request.user, schedule),
        "may_delete": request.user.has_perm(DELETE) and may_handle(request.user, schedule),
        "job_label": job_label(schedule),
        "next_slot": schedule.options.next_slot if hasattr(schedule, "options") else None,
        **history(request, schedule),
        **came_of(schedule),
        **promised(request, schedule),
        **about_people(request, schedule),
    }


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
        for column in BEATS_COLUMNS:
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
        if is_new:
            give_to(schedule, request.user)
        save_rule(schedule)
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
