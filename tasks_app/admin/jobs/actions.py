"""What is offered on a job's page, and what its actions share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks_app.admin.common import Person
from tasks_app.admin.dialogs import done
from tasks_app.admin.jobs.access import may_run_again
from tasks_app.admin.jobs.mending import ARGUMENTS
from tasks_app.admin.launch import job_url
from tasks_app.catalogue import Launchable, kind_of, label_of, launchable_of
from tasks_app.display import Text
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.models import FINAL, Job, State
from tasks_app.subject import arguments_of, subject_of

CANCELLABLE = frozenset({State.WAITING, State.RUNNING})


@dataclass(frozen=True)
class Button:
    """An action this person may take on this job now; a page where `dialog` is false."""

    label: Text
    url: str
    icon: str
    variant: str = "default"
    dialog: bool = True
    note: Text = ""  # what it does, beside it


def offered(request: HttpRequest, job: Job, mended_by: Collection[str] = ()) -> list[Button]:
    """What makes sense in the job's state and is allowed to this person.

    `mended_by` is what its cause names (mending.py): as it is the job would fail again, so that what corrects
    it stands first.
    """

    def url(name: str) -> str:
        return reverse(f"admin:tasks_app_job_{name}", args=[job.pk])

    user, buttons = request.user, []
    if job.state == State.UNKNOWN and user.has_perm("tasks_app.settle_job"):
        buttons.append(Button(_("Settle"), url("settle"), "gavel", "primary"))
    if job.state in FINAL and may_run_again(user, job) and not was_unreadable(job):
        buttons.extend(_again(job, url, mended_by))
    if job.state in CANCELLABLE and not was_asked(job) and user.has_perm("tasks_app.cancel_job"):
        buttons.append(Button(_("Cancel the job"), url("cancel"), "block", "danger"))
    return buttons


def _again(job: Job, url: Callable[[str], str], mended_by: Collection[str]) -> list[Button]:
    needs_it = job.state == State.FAILED and not job.repaired_at
    kind = kind_of(job.name)
    as_it_is = Button(
        _("Run again"),
        url("rerun"),
        "replay",
        "primary" if needs_it and not mended_by else "default",
        note=kind.rerun_note if kind else "",
    )
    if not correctable(job):
        return [as_it_is]
    helps = needs_it and ARGUMENTS in mended_by
    variant = "primary" if helps else "default"
    corrected = Button(_("Correct and run again"), url("correct"), "edit", variant, dialog=False)
    return [corrected, as_it_is] if helps else [as_it_is, corrected]


# --- What the actions share --------------------------------------------------------------------


def was_asked(job: Job) -> bool:
    """Whether it runs, and somebody asked it to stop already."""
    return job.state == State.RUNNING and job.cancel_asked_at is not None


def too_late(request: HttpRequest, job: Job, sentence: str) -> HttpResponse:
    """The job's state has moved on since the page was shown."""
    messages.warning(request, sentence)
    return done(request, job_url(job))


def correctable(job: Job) -> Launchable | None:
    """What its arguments are corrected with; a job that nobody launches by hand is repeated as it is."""
    one = launchable_of(job.name, arguments_of(job))
    return one if one and one.kind.listed else None


def may_correct(user: Person, job: Job) -> bool:
    """Whether this person may run it again with other arguments, now."""
    return (
        job.state in FINAL
        and may_run_again(user, job)
        and not was_unreadable(job)
        and correctable(job) is not None
    )


def name_of(job: Job) -> str:
    return f"{label_of(job.name)} {subject_of(job) or job.pk[:8]}"
