"""What people do to a selection of jobs: run again, cancel. Each asks first, with how many and which."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_app.admin.dialogs import Dialog, ask, require
from tasks_app.admin.job_access import may_run_again
from tasks_app.admin.job_actions import (
    CANCELLABLE,
    cancel_and_log,
    name_of,
    rerun_note,
    run_once_more,
)
from tasks_app.admin.launch_keys import FIELD, derived_key, launch_key
from tasks_app.catalogue import label_of
from tasks_app.display import labelled
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.models import FINAL, Job

LIST = "admin:tasks_app_job_changelist"
LINKED = 10  # new jobs after a selection was run again; the list shows all of them, the newest on top


def run_many_again(request: HttpRequest) -> HttpResponse | None:
    """Django's action: asks, then runs each of the selection again, once."""
    require(request, "tasks_app.rerun_job")
    jobs, left_out = [], []
    for job in _selection(request):
        if job.state not in FINAL:
            left_out.append(_("%(job)s: it has not ended") % {"job": name_of(job)})
        elif was_unreadable(job):
            left_out.append(_("%(job)s: its message could not be read") % {"job": name_of(job)})
        elif not may_run_again(request.user, job):
            left_out.append(_("%(job)s: you may not launch it") % {"job": name_of(job)})
        else:
            jobs.append(job)
    count = len(jobs)
    key = launch_key(request)
    notes = dict.fromkeys(labelled(label_of(job.name), rerun_note(job)) for job in jobs)
    dialog = Dialog(
        title=ngettext("Run %(count)d job again?", "Run %(count)d jobs again?", count) % {"count": count},
        text=" ".join(notes),
        items=[name_of(job) for job in jobs],
        left_out=left_out,
        submit=ngettext("Run %(count)d job again", "Run %(count)d jobs again", count) % {"count": count},
        hidden=[(FIELD, key), ("action", "run_selected_again"), *_selected(jobs)],
    )
    if FIELD not in request.POST or not jobs:
        return ask(request, dialog, back=reverse(LIST))
    with transaction.atomic():
        again = [run_once_more(request, job, derived_key(key, job.pk)) for job in jobs]
    told_how_many = ngettext("%(count)d job runs again.", "%(count)d jobs run again.", count)
    messages.success(request, format_html("{} {}", told_how_many % {"count": count}, _links_to(again)))
    return None


def cancel_many(request: HttpRequest) -> HttpResponse | None:
    """Django's action: asks, then cancels what waits and asks what runs to stop."""
    require(request, "tasks_app.cancel_job")
    jobs, left_out = [], []
    for job in _selection(request):
        if job.state in CANCELLABLE:
            jobs.append(job)
        else:
            left_out.append(_("%(job)s: it has ended") % {"job": name_of(job)})
    count = len(jobs)
    dialog = Dialog(
        title=ngettext("Cancel %(count)d job?", "Cancel %(count)d jobs?", count) % {"count": count},
        text=_("Jobs that wait never start. Jobs that run are asked to stop at their next safe point."),
        items=[name_of(job) for job in jobs],
        left_out=left_out,
        submit=ngettext("Cancel %(count)d job", "Cancel %(count)d jobs", count) % {"count": count},
        danger=True,
        hidden=[("confirmed", "yes"), ("action", "cancel_selected"), *_selected(jobs)],
    )
    if "confirmed" not in request.POST or not jobs:
        return ask(request, dialog, back=reverse(LIST))
    answers = [cancel_and_log(request, job) for job in jobs]
    messages.success(
        request,
        _("Cancelled: %(cancelled)d. Asked to stop: %(asked)d. Ended before: %(final)d.")
        % {answer: answers.count(answer) for answer in ("cancelled", "asked", "final")},
    )
    return None


def _links_to(jobs: list[Job]) -> str:
    pages = ((reverse("admin:tasks_app_job_change", args=[job.pk]), name_of(job)) for job in jobs[:LINKED])
    links = format_html_join(", ", '<a class="bo-plain" href="{}">{}</a>', pages)
    return format_html("{} …", links) if len(jobs) > LINKED else links


def _selection(request: HttpRequest) -> Iterable[Job]:
    """The ticked rows of the page, and no others: there is no "all of them" over a growing table."""
    ids = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return Job.objects.filter(pk__in=ids).order_by("-created_at", "-id")


def _selected(jobs: list[Job]) -> list[tuple[str, str]]:
    return [(ACTION_CHECKBOX_NAME, job.pk) for job in jobs]
