"""A schedule run once with other arguments: its job's own form, with what the schedule gives in it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import require
from tasks_app.admin.dressing import dress
from tasks_app.admin.launch import add_errors, job_url, tell_whether_queued
from tasks_app.admin.launch_keys import launch_key
from tasks_app.admin.schedules.access import RUN, change_url, find_to_handle, job_label, stored_arguments
from tasks_app.admin.schedules.editing import kept_secrets, secrets_stay
from tasks_app.admin.schedules.form_page import page
from tasks_app.catalogue import Launchable, launchable_of
from tasks_app.db import shared_time
from tasks_app.errors import InvalidArguments
from tasks_app.ledger.json_values import Unstorable
from tasks_app.models import Job
from tasks_app.schedules.job_of_schedule import InvalidSchedule
from tasks_app.schedules.policies.by_hand import run_now, why_not_now


def run_changed(request: HttpRequest, object_id: str) -> HttpResponse:
    """The form, and after it one job; the schedule stays as it is."""
    require(request, RUN)
    schedule = find_to_handle(request, object_id)
    arguments, _unreadable = stored_arguments(schedule)
    one = launchable_of(schedule.task, arguments)
    if one is None:  # its page says why: nobody knows the job, or none of its forms takes these
        raise Http404
    open_ones = {name: value for name, value in arguments.items() if name not in one.kind.secret}
    form = one.form(request.POST if request.method == "POST" else None, initial=open_ones)
    key = launch_key(request)
    if request.method == "POST" and form.is_valid() and secrets_stay(schedule, one, form):
        job = _run(request, schedule, one, form, key)
        if job is not None:
            tell_whether_queued(request, job)
            return redirect(job_url(job))
    return _show(request, schedule, one, form, key)


def _run(
    request: HttpRequest, schedule: PeriodicTask, one: Launchable, form: forms.Form, key: str
) -> Job | None:
    """None where the form now says why not."""
    arguments = one.arguments(form)
    arguments |= kept_secrets(schedule, one, arguments)
    try:
        one.foretell(arguments)
        with transaction.atomic():
            job = run_now(schedule, request.user, key=key, arguments=arguments)
            log_action(request, schedule, audit_log.SCHEDULE_RUN_CHANGED(id=job.pk))
    except InvalidArguments as error:
        add_errors(form, error)
        return None
    except (InvalidSchedule, Unstorable) as error:
        form.add_error(None, str(error))
        return None
    return job


def _show(
    request: HttpRequest, schedule: PeriodicTask, one: Launchable, form: forms.Form, key: str
) -> HttpResponse:
    problem = why_not_now(schedule, shared_time.now(), changed=True)
    if problem and request.method != "POST":
        messages.warning(request, str(problem))
    context = {
        "title": _("Run once with other arguments: %(schedule)s") % {"schedule": schedule.name},
        "schedule": schedule,
        "job_label": job_label(schedule),
        "form": dress(form, lambda name: reverse("admin:launch_choices", args=[one.slug, name])),
        "key": key,
        "back": change_url(schedule),
        "media": form.media,
    }
    return page(request, "tasks_app/schedule_once.html", context)
