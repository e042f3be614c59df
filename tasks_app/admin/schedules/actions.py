"""What people do to schedules: switch on and off, run now, delete. Each asks first, and is logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import DELETION
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, log_together
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.launch import job_url, tell_whether_queued
from tasks_app.admin.launch_keys import FIELD, derived_key, launch_key
from tasks_app.admin.schedules.access import CHANGE, DELETE, RUN, change_url, find_to_handle, may_handle
from tasks_app.admin.schedules.next_run import has_passed, next_run_said
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import begin_unread_anew, row_by_row
from tasks_app.display import labelled
from tasks_app.models import Job, Made
from tasks_app.notices import in_each_language
from tasks_app.schedules.checking import why_unusable
from tasks_app.schedules.job_of_schedule import InvalidSchedule
from tasks_app.schedules.planning import plan, with_rhythms
from tasks_app.schedules.policies.by_hand import run_now, why_not_now
from tasks_app.schedules.policies.pausing import skip_held
from tasks_app.schedules.rhythm import words
from tasks_app.schedules.versions.deleted import note_deleted
from tasks_app.schedules.versions.recording import Stamp

# --- One schedule ------------------------------------------------------------------------------


def switch(request: HttpRequest, object_id: str) -> HttpResponse:
    """On when it is off, off when it is on: the dialog says which, and its answer carries it."""
    require(request, CHANGE)
    schedule = find_to_handle(request, object_id)
    turn_on = request.POST.get("turn_on", str(not schedule.enabled)) == "True"
    dialog = Dialog(
        title=_("Switch this schedule on?") if turn_on else _("Switch this schedule off?"),
        text=_on_text(schedule) if turn_on else _("It makes no jobs until it is switched on again."),
        items=[line(schedule)],
        submit=_("Switch on") if turn_on else _("Switch off"),
        hidden=[("turn_on", str(turn_on))],
    )
    passed = _why_not_switched(schedule, turn_on) if schedule.enabled != turn_on else ""
    if passed:
        dialog.items, dialog.left_out = [], [labelled(schedule.name, passed)]
    if passed or not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    set_enabled(request, schedule, turn_on)
    next_run = next_run_said(schedule) if turn_on else ""
    messages.success(request, f"{_('Switched on.')} {next_run}" if turn_on else _("Switched off."))
    return done(request, _back(request, schedule))


def run(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, RUN)
    schedule = find_to_handle(request, object_id)
    key = launch_key(request)
    problem = why_not_now(schedule, shared_time.now())
    dialog = Dialog(
        title=_("Run this schedule now?"),
        text=_("One job is made at once, besides those of its rhythm. Its next time stays as it is."),
        items=[] if problem else [line(schedule)],
        left_out=[labelled(schedule.name, str(problem))] if problem else [],
        submit=_("Run now"),
        hidden=[(FIELD, key)],
    )
    if problem or not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    try:
        job = run_once(request, schedule, key)
    except InvalidSchedule as error:  # another run of it began meanwhile
        messages.error(request, str(error))
        return done(request, change_url(schedule))
    tell_whether_queued(request, job)
    return done(request, job_url(job))


def delete(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, DELETE)
    schedule = find_to_handle(request, object_id)
    dialog = Dialog(
        title=_("Delete this schedule?"),
        text=_("It makes no jobs any more. What it did stays in the history of jobs."),
        items=[line(schedule)],
        submit=_("Delete"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=change_url(schedule))
    with transaction.atomic():
        rhythm = in_each_language(lambda: words(schedule))
        log_action(request, schedule, audit_log.SCHEDULE_DELETED(rhythm=rhythm), DELETION)
        plan(schedule, now := shared_time.now())  # what it was until now is its last version
        key = schedule.pk
        schedule.delete()
        note_deleted(now, Stamp(Made.DELETED, request.user), key)
    messages.success(request, _("The schedule was deleted."))
    return done(request, reverse("admin:django_celery_beat_periodictask_changelist"))


# --- A selection -------------------------------------------------------------------------------


def switch_many(
    request: HttpRequest, queryset: QuerySet[Any], action: str, turn_on: bool
) -> HttpResponse | None:
    require(request, CHANGE)
    schedules, left_out = sorted_out(
        request,
        queryset,
        lambda schedule: _why_not_switched(schedule, turn_on),
    )
    count = len(schedules)
    dialog = Dialog(
        title=ngettext("Switch %(count)d schedule on?", "Switch %(count)d schedules on?", count)
        % {"count": count}
        if turn_on
        else ngettext("Switch %(count)d schedule off?", "Switch %(count)d schedules off?", count)
        % {"count": count},
        text=_("Each runs at its next time; what passed meanwhile is not made up for.")
        if turn_on
        else _("They make no jobs until they are switched on again."),
        items=[line(schedule) for schedule in schedules],
        left_out=left_out,
        submit=_("Switch on") if turn_on else _("Switch off"),
        hidden=selection_again(schedules, action),
    )
    if "answer" not in request.POST or not schedules:
        return ask(request, dialog, back=request.get_full_path())
    with log_together(request, audit_log.SCHEDULES_ON if turn_on else audit_log.SCHEDULES_OFF):
        for schedule in schedules:
            set_enabled(request, schedule, turn_on)
    messages.success(
        request,
        ngettext("%(count)d schedule switched.", "%(count)d schedules switched.", count) % {"count": count},
    )
    return None


def run_many(request: HttpRequest, queryset: QuerySet[Any], action: str) -> HttpResponse | None:
    require(request, RUN)
    now = shared_time.now()
    schedules, left_out = sorted_out(
        request, queryset, lambda schedule: str(why_not_now(schedule, now) or "")
    )
    count, key = len(schedules), launch_key(request)
    dialog = Dialog(
        title=ngettext("Run %(count)d schedule now?", "Run %(count)d schedules now?", count)
        % {"count": count},
        text=_("One job of each is made at once, besides those of its rhythm."),
        items=[line(schedule) for schedule in schedules],
        left_out=left_out,
        submit=_("Run now"),
        hidden=[*selection_again(schedules, action), (FIELD, key)],
    )
    if "answer" not in request.POST or not schedules:
        return ask(request, dialog, back=request.get_full_path())
    with log_together(request, audit_log.SCHEDULES_RUN, key):
        count = sum(_run_one_of_many(request, schedule, key) for schedule in schedules)
    messages.success(
        request, ngettext("%(count)d job launched.", "%(count)d jobs launched.", count) % {"count": count}
    )
    return None


# --- Doing it ----------------------------------------------------------------------------------


def set_enabled(request: HttpRequest, schedule: PeriodicTask, enabled: bool) -> None:
    with transaction.atomic():
        plan(schedule, now := shared_time.now())  # what it was until now is a version
        begin_unread_anew(schedule)
        schedule.enabled = enabled
        schedule.save()
        if not enabled:
            skip_held(schedule)
        plan(schedule, now, Stamp(Made.EDITED, request.user))
        log_action(request, schedule, audit_log.SCHEDULE_ON() if enabled else audit_log.SCHEDULE_OFF())


def run_once(request: HttpRequest, schedule: PeriodicTask, key: str) -> Job:
    with transaction.atomic():
        job = run_now(schedule, request.user, key=key)
        log_action(request, schedule, audit_log.SCHEDULE_RUN(id=job.pk))
    return job


def _run_one_of_many(request: HttpRequest, schedule: PeriodicTask, key: str) -> bool:
    """False where it may not run beside another one of these."""
    try:
        run_once(request, schedule, derived_key(key, str(schedule.pk)))
    except InvalidSchedule as error:
        messages.warning(request, labelled(schedule.name, str(error)))
        return False
    return True


def sorted_out(
    request: HttpRequest, queryset: QuerySet[Any], refusal: Callable[[PeriodicTask], str]
) -> tuple[list[PeriodicTask], list[str]]:
    """The selection that it makes sense for, and sentences about the rest."""
    chosen: list[PeriodicTask] = []
    left_out: list[str] = []
    ids = queryset.order_by().values("pk")
    rows = with_rhythms(PeriodicTask.objects.filter(pk__in=ids).order_by("name"))
    for schedule in row_by_row(rows):
        reason = refusal(schedule)
        if not may_handle(request.user, schedule):
            reason = _("you may not launch its job")
        if reason:
            left_out.append(labelled(schedule.name, reason))
        else:
            chosen.append(schedule)
    return chosen, left_out


def selection_again(schedules: list[PeriodicTask], action: str) -> list[tuple[str, str]]:
    """Those that were shown, whatever matches by then."""
    ticked = [(ACTION_CHECKBOX_NAME, str(schedule.pk)) for schedule in schedules]
    return [("action", action), ("answer", "1"), *ticked]


def line(schedule: PeriodicTask) -> str:
    return labelled(schedule.name, words(schedule))


def _on_text(schedule: PeriodicTask) -> str:
    return f"{next_run_said(schedule, changed_to_on=True)} {_('What passed meanwhile is not made up for.')}"


def _why_not_switched(schedule: PeriodicTask, turn_on: bool) -> str:
    if schedule.enabled == turn_on:
        return _("it is on already") if turn_on else _("it is off already")
    if turn_on and (problem := why_unusable(schedule)):
        return problem
    if turn_on and has_passed(schedule, shared_time.now()):
        return _("its one moment has passed: it would run at once. Choose a later one, or run it now.")
    return ""


def _back(request: HttpRequest, schedule: PeriodicTask) -> str:
    """To the list when the dialog was opened there."""
    listed = reverse("admin:django_celery_beat_periodictask_changelist")
    came_from = request.headers.get("HX-Current-URL", "")
    return listed if came_from.split("?")[0].endswith(listed) else change_url(schedule)
