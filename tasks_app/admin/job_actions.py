"""What people do to a job: run again, correct and run again, cancel. Each asks first."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.common import Person, log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.job_access import find_job, may_run_again
from tasks_app.admin.job_arguments import changes_since
from tasks_app.admin.launch import add_errors, job_url, show_form, tell_whether_queued
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.catalogue import Arguments, Launchable, kind_of, label_of, launchable_of
from tasks_app.display import Text
from tasks_app.errors import InvalidArguments
from tasks_app.launching import rerun
from tasks_app.ledger.json_values import Unstorable
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.models import FINAL, Job, State
from tasks_app.subject import arguments_of, subject_of
from tasks_app.worker.result_writer import tell_that_cancelled

NOTHING_TO_RUN = gettext_lazy(
    "It stands for a message that nobody could read: there is nothing to run again."
)
CANCELLABLE = frozenset({State.WAITING, State.RUNNING})


@dataclass(frozen=True)
class Button:
    """An action this person may take on this job now; a page where `dialog` is false."""

    label: Text
    url: str
    icon: str
    variant: str = "default"
    dialog: bool = True


def offered(request: HttpRequest, job: Job) -> list[Button]:
    """What makes sense in the job's state and is allowed to this person."""

    def url(name: str) -> str:
        return reverse(f"admin:tasks_app_job_{name}", args=[job.pk])

    user, buttons = request.user, []
    if job.state == State.UNKNOWN and user.has_perm("tasks_app.settle_job"):
        buttons.append(Button(_("Settle"), url("settle"), "gavel", "primary"))
    if job.state in FINAL and may_run_again(user, job) and not was_unreadable(job):
        failed = job.state == State.FAILED
        buttons.append(Button(_("Run again"), url("rerun"), "replay", "primary" if failed else "default"))
        if _correctable(job):
            buttons.append(
                Button(_("Correct and run again"), url("correct"), "edit", variant="default", dialog=False)
            )
    asked = job.state == State.RUNNING and job.cancel_asked_at
    if job.state in CANCELLABLE and not asked and user.has_perm("tasks_app.cancel_job"):
        buttons.append(Button(_("Cancel the job"), url("cancel"), "block", "danger"))
    return buttons


# --- One job -----------------------------------------------------------------------------------


def run_again(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, "tasks_app.rerun_job")
    job = find_job(request, object_id)
    if not may_run_again(request.user, job):
        raise PermissionDenied
    if job.state not in FINAL:
        return too_late(request, job, _("This job has not ended: it cannot be run again yet."))
    if was_unreadable(job):
        return too_late(request, job, str(NOTHING_TO_RUN))
    key = launch_key(request)
    dialog = Dialog(
        title=_("Run this job again?"),
        text=" ".join([str(rerun_note(job)), *changes_since(job)]),
        items=[name_of(job)],
        submit=_("Run again"),
        hidden=[(FIELD, key)],
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=job_url(job))
    new = run_once_more(request, job, key)
    tell_whether_queued(request, new, _("It runs again. This page follows it."))
    return done(request, job_url(new))


def correct(request: HttpRequest, object_id: str) -> HttpResponse:
    """The job's own form, filled in with what it was given: corrected, then run again."""
    require(request, "tasks_app.rerun_job")
    job = find_job(request, object_id)
    one = _correctable(job)
    if one is None:
        raise Http404
    if not may_run_again(request.user, job):
        raise PermissionDenied
    if job.state not in FINAL:
        return too_late(request, job, _("This job has not ended: it cannot be run again yet."))
    if was_unreadable(job):
        return too_late(request, job, str(NOTHING_TO_RUN))
    key = launch_key(request)
    secret_free = {name: value for name, value in arguments_of(job).items() if name not in one.kind.secret}
    if request.method != "POST":
        return show_form(request, one, one.form(initial=secret_free), key, rerun_of=job)
    form = one.form(request.POST, files=request.FILES)
    preview = request.POST.get("do") == "preview"
    if preview or not form.is_valid():
        return show_form(request, one, form, key, preview=preview, rerun_of=job)
    try:
        one.foretell(one.arguments(form))
        new = run_once_more(request, job, key, one.arguments(form))
    except InvalidArguments as error:
        add_errors(form, error)
        return show_form(request, one, form, key, rerun_of=job)
    except Unstorable as error:
        form.add_error(None, str(error))
        return show_form(request, one, form, key, rerun_of=job)
    tell_whether_queued(request, new, _("It runs again. This page follows it."))
    return redirect(job_url(new))


def cancel_one(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, "tasks_app.cancel_job")
    job = find_job(request, object_id)
    if job.state not in CANCELLABLE:
        return too_late(request, job, _("This job has ended: there is nothing left to cancel."))
    dialog = Dialog(
        title=_("Cancel this job?"),
        text=_how_it_stops(job),
        items=[name_of(job)],
        submit=_("Cancel the job"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=job_url(job))
    answer = cancel_and_log(request, job)
    if answer == "final":
        messages.warning(request, _("It ended before it could be cancelled."))
    elif answer == "asked":
        messages.info(request, _("It was asked to stop. It does so at its next safe point."))
    else:
        messages.success(request, _("Cancelled. It will not run."))
    return done(request, job_url(job))


def _how_it_stops(job: Job) -> str:
    if job.state == State.WAITING:
        return _("It has not started, and never will.")
    kind = kind_of(job.name)
    if kind and kind.stop_by_force:
        return _(
            "It is running. It is asked to stop at its next safe point, and stopped by force if it has not "
            "after %(seconds)d s; what it did stays."
        ) % {"seconds": settings.CANCEL_GRACE.total_seconds()}
    return _("It is running. It is asked to stop and does so at its next safe point; what it did stays.")


# --- Steps they share --------------------------------------------------------------------------


def run_once_more(request: HttpRequest, job: Job, key: str, arguments: Arguments | None = None) -> Job:
    """Run it again under this key: the second time, the first's job comes back and nothing is logged."""
    if twin := Job.objects.filter(launch_key=key).first():
        return twin
    with transaction.atomic():
        new = rerun(job, by=request.user, arguments=arguments, key=key)
        log_action(request, job, audit_log.RUN_AGAIN(id=new.pk))
    return new


def cancel_and_log(request: HttpRequest, job: Job) -> str:
    answer = control.cancel(job, by=request.user, tell_cancelled=tell_that_cancelled)
    if answer != "final":
        done_to_it = audit_log.CANCELLED if answer == "cancelled" else audit_log.ASKED_TO_STOP
        log_action(request, job, done_to_it())
    return answer


def too_late(request: HttpRequest, job: Job, sentence: str) -> HttpResponse:
    """The job's state has moved on since the page was shown."""
    messages.warning(request, sentence)
    return done(request, job_url(job))


def _correctable(job: Job) -> Launchable | None:
    """What its arguments are corrected with; a job that nobody launches by hand is repeated as it is."""
    one = launchable_of(job.name, arguments_of(job))
    return one if one and one.kind.listed else None


def may_correct(user: Person, job: Job) -> bool:
    """Whether this person may run it again with other arguments, now."""
    return (
        job.state in FINAL
        and may_run_again(user, job)
        and not was_unreadable(job)
        and _correctable(job) is not None
    )


def rerun_note(job: Job) -> Text:
    kind = kind_of(job.name)
    return kind.rerun_note if kind else _("The whole job is done again with the same arguments.")


def name_of(job: Job) -> str:
    return f"{label_of(job.name)} {subject_of(job) or job.pk[:8]}"
