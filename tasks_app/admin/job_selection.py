"""What people do to a selection of jobs: run again, cancel. Each asks first, with how many and which."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_together
from tasks_app.admin.dialogs import Dialog, ask, require
from tasks_app.admin.job_access import may_run_again
from tasks_app.admin.job_actions import CANCELLABLE, cancel_and_log, name_of, rerun_note, run_once_more
from tasks_app.admin.launch_keys import FIELD, derived_key, launch_key
from tasks_app.admin.selection import (
    Progress,
    Refusal,
    Selection,
    grouped,
    in_batches,
    reasons,
    selected,
    sorted_out,
)
from tasks_app.catalogue import label_of
from tasks_app.display import Text, labelled
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.models import FINAL, Job

LINKED = 10  # new jobs after a selection was run again; the list shows all of them, the newest on top


def run_many_again(request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Django's action: asks, then runs each of the selection again, once."""
    require(request, "tasks_app.rerun_job")
    selection, key = selected(request, queryset, "created_at"), launch_key(request)

    def why(job: Job) -> Text:
        if job.state not in FINAL:
            return _("it has not ended")
        if was_unreadable(job):
            return _("its message could not be read")
        if selection.all and job.ended_at and job.ended_at > selection.asked_at:
            return _("it ended after you asked")
        return "" if may_run_again(request.user, job) else _("you may not launch it")

    hidden = [(FIELD, key), ("action", "run_selected_again")]
    if FIELD in request.POST and selection.was_told:
        return _run_again(request, selection, why, hidden)
    found = sorted_out(selection, whole, why)
    notes = dict.fromkeys(labelled(label_of(job.name), rerun_note(job)) for job in found.taken)
    count, words = len(found.taken), {"count": found.count}
    dialog = Dialog(
        title=ngettext("Run %(count)s job again?", "Run %(count)s jobs again?", count) % words,
        text=" ".join(notes),
        items=found.names(name_of),
        left_out=found.left_out(name_of),
        submit=ngettext("Run %(count)s job again", "Run %(count)s jobs again", count) % words,
        hidden=[*hidden, *selection.hidden()],
    )
    return ask(request, dialog, back=request.get_full_path())


def _run_again(
    request: HttpRequest, selection: Selection, why: Refusal, hidden: list[tuple[str, str]]
) -> HttpResponse | None:
    again: list[Job] = []
    key = hidden[0][1]

    def act(jobs: list[Job]) -> list[str]:
        with transaction.atomic(), log_together(request, audit_log.JOBS_RUN_AGAIN, key):
            again.extend(run_once_more(request, job, derived_key(key, job.pk)) for job in jobs)
        return ["done"] * len(jobs)

    progress = in_batches(selection, whole, why, act)
    count = progress.done["done"]
    said = ngettext("%(count)s job runs again.", "%(count)s jobs run again.", count)
    told = format_html("{} {}", said % {"count": grouped(count)}, _links_to(again))
    return _told(request, selection, progress, told, hidden)


def cancel_many(request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Django's action: asks, then cancels what waits and asks what runs to stop."""
    require(request, "tasks_app.cancel_job")
    selection = selected(request, queryset, "created_at")

    def why(job: Job) -> Text:
        return "" if job.state in CANCELLABLE else _("it has ended")

    hidden = [(FIELD, launch_key(request)), ("confirmed", "yes"), ("action", "cancel_selected")]
    if "confirmed" in request.POST and selection.was_told:
        return _cancel(request, selection, why, hidden)
    found = sorted_out(selection, whole, why)
    count, words = len(found.taken), {"count": found.count}
    dialog = Dialog(
        title=ngettext("Cancel %(count)s job?", "Cancel %(count)s jobs?", count) % words,
        text=_("Jobs that wait never start. Jobs that run are asked to stop at their next safe point."),
        items=found.names(name_of),
        left_out=found.left_out(name_of),
        submit=ngettext("Cancel %(count)s job", "Cancel %(count)s jobs", count) % words,
        danger=True,
        hidden=[*hidden, *selection.hidden()],
    )
    return ask(request, dialog, back=request.get_full_path())


def _cancel(
    request: HttpRequest, selection: Selection, why: Refusal, hidden: list[tuple[str, str]]
) -> HttpResponse | None:
    def act(jobs: list[Job]) -> list[str]:
        with log_together(request, audit_log.JOBS_CANCELLED, hidden[0][1]):
            return [cancel_and_log(request, job) for job in jobs]

    progress = in_batches(selection, whole, why, act)
    told = _("Cancelled: %(cancelled)s. Asked to stop: %(asked)s. Ended before: %(final)s.") % {
        answer: grouped(progress.done[answer]) for answer in ("cancelled", "asked", "final")
    }
    return _told(request, selection, progress, told, hidden)


# --- Steps they share --------------------------------------------------------------------------


def _told(
    request: HttpRequest,
    selection: Selection,
    progress: Progress,
    told: str,
    hidden: list[tuple[str, str]],
) -> HttpResponse | None:
    """Say what was done and what was left alone; the dialog again where there is more to do."""
    if sum(progress.done.values()):
        messages.success(request, told)
    if progress.left:
        left = "; ".join(map(str, reasons(progress.left)))
        messages.warning(request, _("Left alone: %(reasons)s.") % {"reasons": left})
    if not progress.after:
        return None
    dialog = Dialog(
        title=_("Go on with the rest?"),
        text=_(
            "There are more than one click can wait for. What is done is said above; the rest is as it was."
        ),
        submit=_("Go on"),
        hidden=[*hidden, *selection.hidden(progress.after)],
    )
    return ask(request, dialog, back=request.get_full_path())


def whole(keys: list[str]) -> Iterable[Job]:
    """The rows of these keys with their arguments, which a list leaves out."""
    return Job.objects.filter(pk__in=keys).order_by("-created_at", "-id")


def _links_to(jobs: list[Job]) -> str:
    pages = ((reverse("admin:tasks_app_job_change", args=[job.pk]), name_of(job)) for job in jobs[:LINKED])
    links = format_html_join(", ", '<a class="bo-plain" href="{}">{}</a>', pages)
    return format_html("{} …", links) if len(jobs) > LINKED else links
