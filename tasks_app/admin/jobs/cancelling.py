"""Cancelling jobs, one or a selection, with a reason: what waits never starts, what runs is asked to stop.

A selection is counted by state before, and done in the click; what is too much for a click is a job of its
own (`tasks_app/desk_tasks.py`), which is handed what the list was narrowed to.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app import control, desk_tasks
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, log_together
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.jobs.access import find_job
from tasks_app.admin.jobs.actions import CANCELLABLE, name_of, too_late, was_asked
from tasks_app.admin.jobs.selection import tell, whole
from tasks_app.admin.launch import job_url
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.admin.selection import BATCH, NAMED, Selection, grouped, in_batches, others, selected
from tasks_app.catalogue import kind_of
from tasks_app.display import COUNTED_ROWS, Text, labelled, more_than
from tasks_app.launching import launch
from tasks_app.models import Job, State
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.worker.result_writer import tell_that_cancelled

CANCEL = "tasks_app.cancel_job"
# What a click does itself; more are a job's work. A job that waits is cancelled in some milliseconds.
IN_A_CLICK = BATCH
ENDED, ASKED, WAITS, RUNS = "ended", "asked", "waits", "runs"
# Of a selection, in the order in which they are told; those that nothing is done to come last.
CLASSES: dict[str, Text] = {
    WAITS: gettext_lazy("waiting: cancelled at once"),
    RUNS: gettext_lazy("running: asked to stop"),
    ASKED: gettext_lazy("asked to stop before"),
    ENDED: gettext_lazy("it has ended"),
}
# What `control.cancel` answers, as its person hears it.
TOLD = {
    "cancelled": (messages.SUCCESS, gettext_lazy("Cancelled. It will not run.")),
    "asked": (messages.INFO, gettext_lazy("It was asked to stop. It does so at its next safe point.")),
    "asked_before": (
        messages.INFO,
        gettext_lazy("It was asked to stop before, and does so at its next safe point."),
    ),
    "final": (messages.WARNING, gettext_lazy("It ended before it could be cancelled.")),
}


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Kept with the job and in the audit log; may be left empty."),
    )


# --- One job -----------------------------------------------------------------------------------


def cancel_one(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, CANCEL)
    job = find_job(request, object_id)
    if job.state not in CANCELLABLE:
        return too_late(request, job, _("This job has ended: there is nothing left to cancel."))
    if was_asked(job):
        return too_late(request, job, str(TOLD["asked_before"][1]))
    dialog = Dialog(
        title=_("Cancel this job?"),
        text=_how_it_stops(job),
        items=[name_of(job)],
        submit=_("Cancel the job"),
        form=_form(request, request.method == "POST"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=job_url(job))
    level, said = TOLD[_cancel_and_log(request, job, _reason_of(dialog))]
    messages.add_message(request, level, said)
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


def _cancel_and_log(request: HttpRequest, job: Job, reason: str) -> str:
    """What `control.cancel` answers."""
    answer = control.cancel(job, by=request.user, reason=reason, tell_cancelled=tell_that_cancelled)
    if answer in audit_log.OF_CANCELLING:
        log_action(request, job, audit_log.cancelling(answer, reason))
    return answer


# --- A selection -------------------------------------------------------------------------------


def cancel_many(request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Django's action: asks, then cancels what waits and asks what runs to stop."""
    require(request, CANCEL)
    selection = selected(request, queryset, "created_at")
    is_answer = "confirmed" in request.POST and selection.was_told
    hidden = [(FIELD, launch_key(request)), ("confirmed", "yes"), ("action", "cancel_selected")]
    found = Found.of(selection)
    dialog = Dialog(
        title=ngettext("Cancel %(count)s job?", "Cancel %(count)s jobs?", found.count)
        % {"count": found.count_said},
        text=_("Jobs that wait never start. Jobs that run are asked to stop at their next safe point."),
        items=[*found.lines(WAITS, RUNS), *found.names(selection)],
        left_out=found.lines(ASKED, ENDED),
        submit=ngettext("Cancel %(count)s job", "Cancel %(count)s jobs", found.count)
        % {"count": found.count_said},
        form=_form(request, is_answer),
        danger=True,
        hidden=[*hidden, *selection.hidden()],
    )
    if not is_answer or not confirmed(request, dialog):
        return ask(request, dialog, back=request.get_full_path())
    reason = _reason_of(dialog)
    if selection.all and found.total > IN_A_CLICK:
        return _in_a_job(request, selection, reason, found)
    return _now(request, selection, reason, [*hidden, ("reason", reason)])


@dataclass(frozen=True)
class Found:
    """How many of a selection there are of each class; of more than are counted, how many of the first."""

    counts: Counter[str]
    is_beyond: bool

    @classmethod
    def of(cls, selection: Selection) -> Found:
        rows = selection.rows.order_by().values_list("state", "cancel_asked_at")[: COUNTED_ROWS + 1]
        states = [_class_of(state, asked_at is not None) for state, asked_at in rows]
        return cls(Counter(states[:COUNTED_ROWS]), len(states) > COUNTED_ROWS)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def count(self) -> int:
        """Of those that something is done to."""
        return self.counts[WAITS] + self.counts[RUNS]

    @property
    def count_said(self) -> str:
        return more_than(self.count + 1, self.count) if self.is_beyond else grouped(self.count)

    def lines(self, *classes: str) -> list[Text]:
        """ "waiting, cancelled at once: 1,204": those of a class that there are."""
        return [labelled(CLASSES[one], grouped(self.counts[one])) for one in classes if self.counts[one]]

    def names(self, selection: Selection) -> list[Text]:
        """The first of those that something is done to."""
        left = selection.rows.filter(state__in=CANCELLABLE).exclude(
            state=State.RUNNING, cancel_asked_at__isnull=False
        )
        first = left.order_by("-created_at", "-id")[:NAMED]
        return [*(name_of(job) for job in first), *others(self.count, self.is_beyond)]


def _class_of(state: str, asked: bool) -> str:
    if state == State.RUNNING:
        return ASKED if asked else RUNS
    return WAITS if state == State.WAITING else ENDED


def _now(
    request: HttpRequest, selection: Selection, reason: str, hidden: list[tuple[str, str]]
) -> HttpResponse | None:
    def why(job: Job) -> Text:
        return "" if (found := _class_of(job.state, was_asked(job))) in (WAITS, RUNS) else CLASSES[found]

    def act(jobs: list[Job]) -> list[str]:
        said = audit_log.JOBS_CANCELLED_BECAUSE if reason else audit_log.JOBS_CANCELLED
        with log_together(request, said, hidden[0][1], **({"reason": reason} if reason else {})):
            return [_cancel_and_log(request, job, reason) for job in jobs]

    progress = in_batches(selection, whole, why, act)
    ended = progress.done["final"] + progress.done["asked_before"]
    told = _("Cancelled: %(cancelled)s. Asked to stop: %(asked)s. Ended before: %(final)s.") % {
        "cancelled": grouped(progress.done["cancelled"]),
        "asked": grouped(progress.done["asked"]),
        "final": grouped(ended),
    }
    return tell(request, selection, progress, told, hidden)


def _in_a_job(request: HttpRequest, selection: Selection, reason: str, found: Found) -> HttpResponse:
    """Too many for a click: a job does it, in steps, and tells how far it is."""
    arguments = {
        "query": request.GET.urlencode(),
        "asked_at": selection.asked_at.isoformat(),
        "reason": reason,
    }
    job = launch(desk_tasks.cancel_jobs.name, arguments, by=request.user, key=launch_key(request))
    log_action(request, job, audit_log.LAUNCHED())
    messages.success(
        request,
        _("They are cancelled step by step (%(count)s): this job does it, and its page tells how far it is.")
        % {"count": found.count_said},
    )
    return done(request, job_url(job))


def _form(request: HttpRequest, is_answer: bool) -> forms.Form:
    return dress(CancelForm(request.POST if is_answer else None))


def _reason_of(dialog: Dialog) -> str:
    return str(dialog.form.cleaned_data["reason"]) if dialog.form else ""


# --- What a list was narrowed to, for the job ----------------------------------------------------


def rows_of_list(query: str, user: Any) -> QuerySet[Job]:
    """The jobs that the list shows this person under these filters, as the list itself finds them.

    Raises IncorrectLookupParameters for a query that the list refuses.
    """
    request = HttpRequest()
    request.method, request.GET, request.user = "GET", QueryDict(query), user
    page: Any = admin.site._registry[Job]
    rows: QuerySet[Job] = page.get_changelist_instance(request).get_queryset(request)
    return rows


desk_tasks.ROWS_OF[Job] = rows_of_list
