"""A schedule's own pages: choose the job, fill in its form and the rhythm, see the next runs and the past."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.arguments import shown_arguments
from tasks_app.admin.dialogs import require
from tasks_app.admin.launch import add_errors
from tasks_app.admin.schedules.access import (
    ADD,
    CHANGE,
    DELETE,
    VIEW,
    change_url,
    chosen,
    job_label,
    may_handle,
    problem_shown,
    schedule_of,
    stored_arguments,
)
from tasks_app.admin.schedules.editing import (
    TOKEN,
    ChangedMeanwhile,
    DeletedMeanwhile,
    Edit,
    changed_meanwhile,
    conflict_of,
    current,
    definition_of_row,
    secrets_stay,
    token_of,
)
from tasks_app.admin.schedules.following import about_people
from tasks_app.admin.schedules.form import ScheduleForm
from tasks_app.admin.schedules.form_page import form_page, page
from tasks_app.admin.schedules.history import came_of, history
from tasks_app.admin.schedules.phrase import as_entered, heard, is_said
from tasks_app.admin.schedules.preview import coming
from tasks_app.admin.schedules.promise import promised
from tasks_app.admin.schedules.review import is_to_be_reviewed, review_page
from tasks_app.admin.schedules.standing import standing
from tasks_app.catalogue import Arguments, Launchable, Text, launchable_of, launchables
from tasks_app.db.bad_rows import or_none
from tasks_app.errors import InvalidArguments
from tasks_app.schedules.rhythm import words
from tasks_app.subject import argument_label


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
        Edit(request, schedule, one, schedule_form, job_form).save()
        messages.success(request, _("The schedule was added."))
        return redirect(change_url(schedule))
    return form_page(request, None, one, schedule_form, job_form, {"title": title})


def change(request: HttpRequest, object_id: str) -> HttpResponse:
    """The schedule, to edit for whoever may, and what came of its times."""
    require(request, VIEW)
    schedule = schedule_of(object_id)
    before = or_none(lambda: definition_of_row(schedule))
    arguments, unreadable = stored_arguments(schedule)
    one = chosen(request) or launchable_of(schedule.task, arguments)
    context = _about(request, schedule) | {
        "token": request.POST.get(TOKEN) or token_of(before),
        "unreadable": unreadable,
    }
    if not context["may_change"]:
        shown = list(shown_arguments(request, schedule.task, arguments))
        context |= {"words": words(schedule), "arguments": shown}
        return page(request, "tasks_app/schedule_read.html", context | coming(schedule))
    if is_said(request):
        job_form = as_entered(one, request) if one else forms.Form()
        return form_page(request, schedule, one, heard(request, schedule), job_form, context)
    data = request.POST if request.method == "POST" else None
    # The form fills in a row of its own: where it is refused, the page says what the schedule is.
    schedule_form = ScheduleForm(data, schedule=copy(schedule), prefix="schedule")
    if one is None:  # its job is gone: the rhythm can be edited, and another job chosen
        return form_page(request, schedule, None, schedule_form, forms.Form(data), context)
    open_ones = {name: value for name, value in arguments.items() if name not in one.kind.secret}
    job_form = one.form(data, initial=open_ones)
    context["dropped"] = _dropped(schedule, arguments, one, job_form)
    valid = data is not None and schedule_form.is_valid() & _can_be_done(one, job_form)
    if valid and secrets_stay(schedule, one, job_form):
        edit = Edit(request, schedule_form.unsaved(), one, schedule_form, job_form, before)
        answer = _saved_or_reviewed(edit, context)
        if answer is not None:
            return answer
    return form_page(request, schedule, one, schedule_form, job_form, context)


def _dropped(schedule: PeriodicTask, arguments: Arguments, one: Launchable, form: forms.Form) -> list[Text]:
    """What the chosen job is not given any more, by label; what its job before said of itself is none."""
    before = launchable_of(schedule.task, arguments)
    fixed = {*one.variant.fixed, *(before.variant.fixed if before else ())}
    return [argument_label(schedule.task, name) for name in arguments if name not in {*form.fields, *fixed}]


def _about(request: HttpRequest, schedule: PeriodicTask) -> dict[str, Any]:
    """What its page says above and below the form."""
    options, is_theirs = getattr(schedule, "options", None), may_handle(request.user, schedule)
    return {
        "title": schedule.name,
        "schedule": schedule,
        "problem": problem_shown(schedule),
        "may_change": request.user.has_perm(CHANGE) and is_theirs,
        "may_delete": request.user.has_perm(DELETE) and is_theirs,
        "not_theirs": not is_theirs,
        "job_label": job_label(schedule),
        "has_versions": options is not None and options.version is not None,
        **standing(request, schedule),
        **history(request, schedule),
        **came_of(schedule),
        **promised(request, schedule),
        **about_people(request, schedule),
    }


def _saved_or_reviewed(edit: Edit, context: dict[str, Any]) -> HttpResponse | None:
    """None where somebody else saved it meanwhile: the context says so, and nothing is saved."""
    now = edit.before
    if not changed_meanwhile(edit.request, now):
        if is_to_be_reviewed(edit):
            return review_page(edit, context)
        try:
            edit.save()
        except DeletedMeanwhile:
            messages.error(edit.request, _("The schedule was deleted meanwhile: nothing was saved."))
            return redirect("admin:django_celery_beat_periodictask_changelist")
        except ChangedMeanwhile:
            now = current(edit.schedule.pk)
        else:
            messages.success(edit.request, _("The schedule was changed."))
            return redirect(change_url(edit.schedule))
    if now is not None:
        context["conflict"] = conflict_of(edit.request, edit.schedule.pk, now, edit.after)
    context["token"] = token_of(now)
    return None


def _can_be_done(one: Launchable, job_form: forms.Form) -> bool:
    """Whether the job's form is valid, and the job would not fail as it is; the form says why."""
    if not job_form.is_valid():
        return False
    try:
        one.foretell(one.arguments(job_form))
    except InvalidArguments as error:
        add_errors(job_form, error)
    return job_form.is_valid()
