"""A person's word on a job whose outcome no machine knows."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.job_access import find_job
from tasks_app.admin.job_actions import name_of, too_late
from tasks_app.admin.launch import job_url
from tasks_app.models import State
from tasks_app.notices import in_each_language


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
    require(request, "tasks_app.settle_job")
    job = find_job(request, object_id)
    if job.state != State.UNKNOWN:
        return too_late(request, job, _("This job's outcome is known already."))
    form = SettleForm(request.POST or None)
    dialog = Dialog(
        title=_("Settle this job"),
        text=_(
            "Its outcome is unknown: the outside world may or may not have seen it. "
            "Find out first (ask the recipient, look at the provider), then say what happened."
        ),
        items=[name_of(job)],
        submit=_("Settle"),
        form=dress(form),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=job_url(job))
    state, note = State(form.cleaned_data["outcome"]), form.cleaned_data["note"]
    if control.settle(job, state, by=request.user, note=note):
        label = in_each_language(lambda: state.label.lower())
        log_action(request, job, audit_log.SETTLED(state=label, note=note))
        messages.success(request, _("Settled as %(state)s.") % {"state": state.label.lower()})
    else:
        messages.warning(request, _("This job's outcome is known already."))
    return done(request, job_url(job))
