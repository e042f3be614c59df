"""A schedule's own pages: choose the job, fill in its form and the rhythm, see the next runs and the past."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.dressing import dress
from tasks_app.admin.job_arguments import shown_arguments
from tasks_app.admin.schedule_actions import ADD, CHANGE, DELETE, RUN, VIEW, change_url, may_handle
from tasks_app.admin.schedule_form import ASKS, ScheduleForm
from tasks_app.admin.schedule_history import history
from tasks_app.admin.schedule_rows import Kind
from tasks_app.catalogue import Launchable, UnknownJob, find_allowed, label_of, launchable_of, launchables
from tasks_app.display import labelled
from tasks_app.models import ScheduleOptions
from tasks_app.schedules.job_of_schedule import InvalidSchedule, arguments_of, problem_of
from tasks_app.schedules.planning import KINDS, plan
from tasks_app.schedules.rhythm import InvalidRhythm, Run, both_days_set, next_ten, words

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
    if data is not None and schedule_form.is_valid() & job_form.is_valid():
        schedule = schedule_form.unsaved()
        _save(request, schedule, schedule_form, one, job_form)
        messages.success(request, _("The schedule was added."))
        return redirect(change_url(schedule))
    title = _("New schedule: %(job)s") % {"job": one.label}
    return _form_page(request, None, one, schedule_form, job_form, {"title": title})


def change(request: HttpRequest, object_id: str) -> HttpResponse:
    """The schedule, to edit for whoever may, and what came of its times."""
    require(request, VIEW)
    schedule = _schedule(object_id)
    arguments, unreadable = _arguments(schedule)
    one = _chosen(request) or launchable_of(schedule.task, arguments)
    context = {
        "title": schedule.name,
        "schedule": schedule,
        "problem": problem_of(schedule),
        "unreadable": unreadable,
        "may_run": request.user.has_perm(RUN) and may_handle(request.user, schedule),
        "may_change": request.user.has_perm(CHANGE) and may_handle(request.user, schedule),
        "may_delete": request.user.has_perm(DELETE) and may_handle(request.user, schedule),
        "job_label": job_label(schedule),
        "next_slot": schedule.options.next_slot if hasattr(schedule, "options") else None,
        **history(request, schedule),
    }
    if not context["may_change"]:
        context |= {"words": words(schedule), "arguments": list(shown_arguments(schedule.task, arguments))}
        context["not_theirs"] = not may_handle(request.user, schedule)
        return _page(request, "tasks_app/schedule_read.html", context | _coming(schedule))
    data = request.POST if request.method == "POST" else None
    schedule_form = ScheduleForm(data, schedule=schedule, prefix="schedule")
    if one is None:  # its job is gone: the rhythm can be edited, and another job chosen
        return _form_page(request, schedule, None, schedule_form, forms.Form(data), context)
    shown = {name: value for name, value in arguments.items() if name not in one.kind.secret}
    job_form = one.form(data, initial=shown)
    context["dropped"] = sorted(arguments.keys() - job_form.fields.keys() - one.variant.fixed.keys())
    if data is not None and schedule_form.is_valid() & job_form.is_valid():
        _save(request, schedule_form.unsaved(), schedule_form, one, job_form)
        messages.success(request, _("The schedule was changed."))
        return redirect(change_url(schedule))
    return _form_page(request, schedule, one, schedule_form, job_form, context)


def preview(request: HttpRequest, object_id: str = "") -> HttpResponse:
    """The words and the next ten runs of the form as it stands; nothing is saved."""
    require(request, CHANGE if object_id else ADD)
    schedule = _schedule(object_id) if object_id else None
    form = ScheduleForm(request.POST, schedule=schedule, prefix="schedule")
    form.is_valid()
    about_rhythm = [name for name in form.errors if name not in ("name", "__all__")]
    if about_rhythm or request.method != "POST":
        sentences = [
            labelled(form[name].label, str(error)) for name in about_rhythm for error in form.errors[name]
        ]
        context: dict[str, Any] = {"incomplete": sentences}
    else:
        form.cleaned_data.setdefault("name", "")
        context = _coming(form.unsaved())
    return TemplateResponse(request, "tasks_app/schedule_runs.html", context)


def _save(
    request: HttpRequest, schedule: PeriodicTask, form: ScheduleForm, one: Launchable, job_form: forms.Form
) -> None:
    """The rows, the plan and the log of one edit, together."""
    is_new = schedule.pk is None
    with transaction.atomic():
        for kind in KINDS:
            row = getattr(schedule, kind)
            if row is not None and row.pk is None:
                row.save()
                setattr(schedule, kind, row)
        schedule.task, schedule.args = one.kind.name, "[]"
        schedule.kwargs = json.dumps(_with_secrets(schedule, one, one.arguments(job_form)))
        schedule.save()
        plan(schedule, timezone.now())
        ScheduleOptions.objects.filter(pk=schedule.pk).update(
            after_downtime=form.cleaned_data["after_downtime"]
        )
        changed = ", ".join([*form.changed_data, *job_form.changed_data]) or "-"
        done = "Added." if is_new else f"Changed ({changed})."
        log_action(request, schedule, f"{done} {words(schedule)}")


def _with_secrets(schedule: PeriodicTask, one: Launchable, arguments: dict[str, Any]) -> dict[str, Any]:
    """A secret is never shown; left empty, it stays what it was."""
    stored, _unreadable = _arguments(schedule)
    kept = {name: stored[name] for name in one.kind.secret & stored.keys() if not arguments.get(name)}
    return arguments | kept


def _form_page(
    request: HttpRequest,
    schedule: PeriodicTask | None,
    one: Launchable | None,
    schedule_form: ScheduleForm,
    job_form: forms.Form,
    context: dict[str, Any],
) -> HttpResponse:
    choices_url = (lambda name: reverse("admin:launch_choices", args=[one.slug, name])) if one else None
    kind = schedule_form["kind"].value() or Kind.DAILY
    preview_name = "admin:django_celery_beat_periodictask_preview"
    context |= {
        "launchable": one,
        "schedule_form": _with_kinds(dress(schedule_form)),
        "job_form": _without_focus(dress(job_form, choices_url)),
        "kind": kind,
        "preview_url": reverse(f"{preview_name}_of", args=[schedule.pk])
        if schedule
        else reverse(preview_name),
        "rhythm_fields": [schedule_form[name] for name in RHYTHM_FIELDS],
        "bound_fields": [schedule_form[name] for name in BOUND_FIELDS],
        "error_lists": [errors for form in (schedule_form, job_form) if (errors := form.non_field_errors())],
        "other_jobs": launchables(request.user),
        "media": schedule_form.media + job_form.media,
    }
    if schedule is not None:
        context |= _coming(_schedule(schedule.pk)) if not schedule_form.is_bound else {}
    return _page(request, "tasks_app/schedule_form.html", context)


def _with_kinds(form: forms.Form) -> forms.Form:
    """Each field of the rhythm knows the kinds it belongs to, as the page shows and hides it."""
    form.fields["kind"].widget.attrs["x-model"] = "kind"
    for name, field in form.fields.items():
        kinds = [kind.value for kind, asked in ASKS.items() if name in asked]
        field.shown_for = json.dumps(kinds) if kinds else ""
    return _without_focus(form)


def _without_focus(form: forms.Form) -> forms.Form:
    """The page is read from its top: a focus in its middle would scroll there."""
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)
    return form


def _coming(schedule: PeriodicTask) -> dict[str, Any]:
    """Words, notes and next runs; a sentence where the rhythm cannot be followed."""
    options = getattr(schedule, "options", None) if schedule.pk else None
    try:
        runs = next_ten(schedule, timezone.now(), anchor=options.anchor if options else None)
    except InvalidRhythm as error:
        return {"incomplete": [str(error)]}
    if schedule.one_off:
        runs = runs[:1]
    return {
        "words": words(schedule),
        "runs": [_shown_run(run) for run in runs],
        "both_days": both_days_set(schedule),
        "off": not schedule.enabled,
        "stuck": bool(options and options.invalid),
    }


def _shown_run(run: Run) -> dict[str, str]:
    """In the schedule's own zone; seconds only where there are some."""
    clock = "H:i:s" if run.local.second else "H:i"
    return {
        "day": date_format(run.local, _("D j M Y")),
        "time": date_format(run.local, clock),
        "offset": run.offset,
        "note": run.note,
    }


def _chosen(request: HttpRequest) -> Launchable | None:
    slug = request.GET.get("job", "")
    if not slug:
        return None
    try:
        return find_allowed(slug, request.user)
    except UnknownJob:
        raise Http404 from None


def _arguments(schedule: PeriodicTask) -> tuple[dict[str, Any], str]:
    """The stored arguments by name; where they are no JSON, none and the text as it is."""
    try:
        return arguments_of(schedule), ""
    except InvalidSchedule:
        return {}, f"{schedule.args} {schedule.kwargs}"


def job_label(schedule: PeriodicTask) -> Any:
    """The job as the launch page names it; its task's name where nobody knows it."""
    one = launchable_of(schedule.task, _arguments(schedule)[0])
    return one.label if one else label_of(schedule.task)


def _schedule(object_id: str | int) -> PeriodicTask:
    if not str(object_id).isdigit():
        raise Http404
    return get_object_or_404(PeriodicTask.objects.select_related("options", *KINDS), pk=object_id)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    context = admin.site.each_context(request) | {"opts": PeriodicTask._meta} | context
    return TemplateResponse(request, template, context)
