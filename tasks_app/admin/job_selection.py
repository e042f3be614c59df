"""What people do to a selection of jobs: cancelling them here, running them again in job_rerun_many.py.

Each asks first, with how many and which.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_app.admin.dialogs import Dialog, ask, require
from tasks_app.admin.job_actions import CANCELLABLE, cancel_and_log, name_of
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
from tasks_app.display import Text
from tasks_app.models import Job


def cancel_many(request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Django's action: asks, then cancels what waits and asks what runs to stop."""
    require(request, "tasks_app.cancel_job")
    selection = selected(request, queryset, "created_at")

    def why(job: Job) -> Text:
        return "" if job.state in CANCELLABLE else _("it has ended")

    hidden = [("confirmed", "yes"), ("action", "cancel_selected")]
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
    progress = in_batches(selection, whole, why, lambda jobs: [cancel_and_log(request, job) for job in jobs])
    told = _("Cancelled: %(cancelled)s. Asked to stop: %(asked)s. Ended before: %(final)s.") % {
        answer: grouped(progress.done[answer]) for answer in ("cancelled", "asked", "final")
    }
    return tell(request, selection, progress, told, hidden)


# --- Steps they share --------------------------------------------------------------------------


def tell(
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
