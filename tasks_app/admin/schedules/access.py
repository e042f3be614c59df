"""Which schedule a page is about, who may see it and who may handle it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.common import Person
from tasks_app.admin.dialogs import require
from tasks_app.catalogue import Launchable, find_allowed, kind_of, label_of, launchable_of
from tasks_app.db.bad_rows import is_of_one_row, row_by_row
from tasks_app.display import Text
from tasks_app.errors import UnknownJob
from tasks_app.logs.masking import MASK
from tasks_app.schedules.job_of_schedule import (
    InvalidSchedule,
    arguments_of,
    cannot_be_dealt_with,
    problem_of,
)
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import InvalidRhythm, rhythm_of

VIEW = "django_celery_beat.view_periodictask"
ADD = "django_celery_beat.add_periodictask"
CHANGE = "django_celery_beat.change_periodictask"
DELETE = "django_celery_beat.delete_periodictask"
RUN = "tasks_app.run_schedule"
PAUSE = "tasks_app.pause_schedule"
FILL_IN = "tasks_app.fill_in_schedule"
KEY = "0KEY0"


def schedule_of(object_id: str | int) -> PeriodicTask:
    """The schedule of a URL; raises Http404."""
    if not str(object_id).isdecimal():
        raise Http404
    rows = with_rhythms(PeriodicTask.objects.select_related("options", "ownership__owner"))
    return get_object_or_404(row_by_row(rows), pk=object_id)


def find_to_handle(request: HttpRequest, object_id: str) -> PeriodicTask:
    """The same for whoever does something to it; raises PermissionDenied where this person may not."""
    require(request, VIEW)
    schedule = schedule_of(object_id)
    if not may_handle(request.user, schedule):
        raise PermissionDenied
    return schedule


def change_url(schedule: PeriodicTask) -> str:
    return reverse("admin:django_celery_beat_periodictask_change", args=[schedule.pk])


def pattern_of(name: str) -> str:
    """The address of a page of a schedule, with KEY in the place of its key: for lists, which have many."""
    return reverse(f"admin:django_celery_beat_periodictask_{name}", args=[KEY])


def may_handle(user: Person, schedule: PeriodicTask) -> bool:
    """Whether this person may launch the schedule's job at all; a job nobody knows is nobody's secret."""
    kind = kind_of(schedule.task)
    if kind is None:
        return True
    try:
        one = launchable_of(schedule.task, arguments_of(schedule))
    except InvalidSchedule:
        one = None
    return one.allowed(user) if one else user.has_perm(kind.permission)


def stored_arguments(schedule: PeriodicTask) -> tuple[dict[str, Any], str]:
    """The stored arguments by name; where they are no JSON, none and the text as it is.

    Of a job with secret arguments the text is not told: nobody knows where in it they stand.
    """
    try:
        return arguments_of(schedule), ""
    except InvalidSchedule:
        kind = kind_of(schedule.task)
        return {}, MASK if kind and kind.secret else f"{schedule.args} {schedule.kwargs}"


def problem_shown(schedule: PeriodicTask) -> str:
    """Why it cannot run, as it is now; "" where it can."""
    options = getattr(schedule, "options", None)
    try:
        found = problem_of(schedule)
        rhythm_of(schedule, options.anchor if options else timezone.now())
    except InvalidRhythm as error:
        found = error.notice
    except Exception as error:
        if not is_of_one_row(error):
            raise
        found = cannot_be_dealt_with(error)
    return str(found or (options.said if options else ""))


def job_label(schedule: PeriodicTask) -> Text:
    """The job as the launch page names it; its task's name where nobody knows it."""
    one = launchable_of(schedule.task, stored_arguments(schedule)[0])
    return one.label if one else label_of(schedule.task)


def chosen(request: HttpRequest) -> Launchable | None:
    """The job of `?job=`; raises Http404 for one that nobody knows, PermissionDenied for one not theirs."""
    slug = request.GET.get("job", "")
    if not slug:
        return None
    try:
        return find_allowed(slug, request.user)
    except UnknownJob:
        raise Http404 from None
