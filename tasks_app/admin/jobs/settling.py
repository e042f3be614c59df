"""A person's word on jobs whose outcome no machine knows: one, or a selection, with what is known beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, log_together
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.jobs.access import find_job
from tasks_app.admin.jobs.actions import name_of, too_late
from tasks_app.admin.jobs.selection import tell, whole
from tasks_app.admin.launch import job_url
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.admin.selection import NAMED, Selection, grouped, in_batches, selected, sorted_out
from tasks_app.catalogue import kind_of
from tasks_app.display import Text, labelled
from tasks_app.models import Job, State
from tasks_app.notices import in_each_language

SETTLE = "tasks_app.settle_job"
FIND_OUT = gettext_lazy(
    "Its outcome is unknown: the outside world may or may not have seen it. "
    "Find out first (ask the recipient, look at the provider), then say what happened."
)


class SettleForm(forms.Form):
    """What they found out."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What happened?"),
        choices=[
            (State.SUCCEEDED.value, gettext_lazy("It took effect: count it as succeeded")),
            (State.FAILED.value, gettext_lazy("It did not: count it as failed")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("How do you know?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept with the job, for whoever asks later."),
    )


def settle_one(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, SETTLE)
    job = find_job(request, object_id)
    if job.state != State.UNKNOWN:
        return too_late(request, job, _("This job's outcome is known already."))
    dialog = Dialog(
        title=_("Settle this job"),
        text=FIND_OUT,
        items=[name_of(job), *evidence_of([job])[job.pk]],
        submit=_("Settle"),
        form=dress(SettleForm(request.POST or None)),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=job_url(job))
    state, note = _given(dialog)
    if _settle_and_log(request, job, state, note) == "settled":
        messages.success(request, _("Settled as %(state)s.") % {"state": state.label.lower()})
    else:
        messages.warning(request, _("This job's outcome is known already."))
    return done(request, job_url(job))


def settle_many(request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Django's action: asks, then settles all that are unknown of the selection in the same way."""
    require(request, SETTLE)
    selection = selected(request, queryset, "created_at")
    is_answer = "confirmed" in request.POST and selection.was_told
    hidden = [(FIELD, launch_key(request)), ("confirmed", "yes"), ("action", "settle_selected")]
    found = sorted_out(selection, whole, _why_not)
    count, words = len(found.taken), {"count": found.count}
    evidence = evidence_of(found.taken[:NAMED])
    dialog = Dialog(
        title=ngettext("Settle %(count)s job?", "Settle %(count)s jobs?", count) % words,
        text=_("All of them in the same way. What is known of each stands beside its name. Find out first."),
        items=found.names(lambda job: _with_evidence(job, evidence[job.pk])),
        left_out=found.left_out(name_of),
        submit=ngettext("Settle %(count)s job", "Settle %(count)s jobs", count) % words,
        form=dress(SettleForm(request.POST if is_answer else None)) if count else None,
        hidden=[*hidden, *selection.hidden()],
    )
    if not count or not is_answer or not confirmed(request, dialog):
        return ask(request, dialog, back=request.get_full_path())
    return _settle_all(request, selection, dialog, hidden)


def _settle_all(
    request: HttpRequest, selection: Selection, dialog: Dialog, hidden: list[tuple[str, str]]
) -> HttpResponse | None:
    state, note = _given(dialog)

    def act(jobs: list[Job]) -> list[str]:
        together = log_together(request, audit_log.JOBS_SETTLED, hidden[0][1], state=_label(state), note=note)
        with transaction.atomic(), together:
            return [_settle_and_log(request, job, state, note) for job in jobs]

    progress = in_batches(selection, whole, _why_not, act)
    count = progress.done.pop("settled", 0)
    progress.left.update(progress.done)  # somebody else, or an event, was quicker
    progress.done.clear()
    progress.done["settled"] = count
    told = ngettext("Settled %(count)s job as %(state)s.", "Settled %(count)s jobs as %(state)s.", count) % {
        "count": grouped(count),
        "state": state.label.lower(),
    }
    answers = [("outcome", state.value), ("note", note)]
    return tell(request, selection, progress, told, [*hidden, *answers])


def _why_not(job: Job) -> Text:
    return "" if job.state == State.UNKNOWN else _("its outcome is known")


def _settle_and_log(request: HttpRequest, job: Job, state: State, note: str) -> str:
    """ "settled", or why it is left alone after all."""
    if not control.settle(job, state, by=request.user, note=note):
        return str(_("its outcome is known"))
    log_action(request, job, audit_log.SETTLED(state=_label(state), note=note))
    return "settled"


def _given(dialog: Dialog) -> tuple[State, str]:
    given = dialog.form.cleaned_data if dialog.form else {}
    return State(given["outcome"]), given["note"]


def _label(state: State) -> Any:
    return in_each_language(lambda: state.label.lower())


# --- What is known ------------------------------------------------------------------------------


def evidence_of(jobs: Iterable[Job]) -> dict[str, list[Text]]:
    """What the kinds of these jobs know of them, by the job's id: asked once for each kind."""
    by_kind: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        by_kind[job.name].append(job)
    found: dict[str, list[Text]] = defaultdict(list)
    for name, alike in by_kind.items():
        kind = kind_of(name)
        for job_id, lines in (kind.evidence(alike) if kind else {}).items():
            found[job_id] += lines
    return found


def _with_evidence(job: Job, lines: list[Text]) -> str:
    name = name_of(job)
    return labelled(name, "; ".join(map(str, lines))) if lines else name
