"""Running a job again, as it was or corrected.

What a later run did already, or does, is not repeated unless a person says so; what waited behind a job that
stopped goes on after it unless they say no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.admin import audit_log
from tasks_app.admin.arguments import changes_since
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.jobs.access import find_job, may_run_again
from tasks_app.admin.jobs.actions import name_of, too_late
from tasks_app.admin.jobs.changes import changed_arguments
from tasks_app.admin.launch import job_url, tell_whether_queued
from tasks_app.admin.launch_keys import FIELD, launch_key
from tasks_app.catalogue import Arguments, kind_of
from tasks_app.display import Text
from tasks_app.errors import RunAgainRefused
from tasks_app.launching import rerun
from tasks_app.ledger.continuing import Behind, behind
from tasks_app.ledger.effects import effects_of
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.ledger.reruns import why_not_again
from tasks_app.models import FINAL, Job
from tasks_app.notices import Notice

NOTHING_TO_RUN = gettext_lazy(
    "It stands for a message that nobody could read: there is nothing to run again."
)
ALL_THE_SAME = gettext_lazy("Run it again all the same")


class Choices(NamedTuple):
    """As `launching.rerun` takes them."""

    all_the_same: bool = False
    go_on: bool = False


PLAINLY = Choices()


class Asking(NamedTuple):
    """The words of the dialog, and what is said once it is done."""

    title: str
    submit: str
    done: str


class RerunForm(forms.Form):
    """What a person says besides: each question is there only where there is something to ask."""

    all_the_same = forms.BooleanField(
        label=ALL_THE_SAME,
        error_messages={"required": gettext_lazy("Tick this where it is to be repeated.")},
    )
    go_on = forms.BooleanField(required=False, initial=True)

    def __init__(self, job: Job, data: Any, why_not: Notice | None, waiting: Behind | None) -> None:
        super().__init__(data, prefix="rerun")
        if why_not is None:
            del self.fields["all_the_same"]
        else:
            self.fields["all_the_same"].help_text = str(rerun_note(job))
        if waiting is None or waiting.why_not:
            del self.fields["go_on"]
        else:
            self.fields["go_on"].label = steps_to_go(len(waiting.names))
            self.fields["go_on"].help_text = ", ".join(waiting.names)

    @property
    def choices(self) -> Choices:
        said = self.cleaned_data
        return Choices(bool(said.get("all_the_same")), bool(said.get("go_on")))


@dataclass(frozen=True)
class Rerun:
    """A job that somebody looks at to run it again: what speaks against it, and what waits behind it."""

    job: Job
    why_not: Notice | None
    waiting: Behind | None
    effect: Notice | None  # outside, recorded already: it would be repeated
    unfit: tuple[str, ...] = ()  # what it was given, and its form of today does not take

    @classmethod
    def of(cls, job: Job) -> Rerun:
        return cls(job, why_not_again([job]).get(job.pk), behind(job), effects_of([job]).get(job.pk))

    def form(self, data: Mapping[str, Any] | None) -> forms.Form:
        return dress(RerunForm(self.job, data, self.why_not, self.waiting))

    def said(self) -> list[Text]:
        """For the dialog and the form: what was run again already, and what does not go on."""
        found: list[Text] = [str(self.effect)] if self.effect else []
        if self.why_not:
            found.append(with_link(self.why_not))
        if self.waiting:
            names = {"names": ", ".join(self.waiting.names)}
            if self.waiting.why_not:
                found.append(_("Behind it waited, and never ran: %(names)s.") % names)
                found.append(with_link(self.waiting.why_not))
        return found


def steps_to_go(count: int) -> str:
    return ngettext(
        "And go on with the %(count)s step behind it",
        "And go on with the %(count)s steps behind it",
        count,
    ) % {"count": count}


def with_link(notice: Notice) -> SafeString:
    """Its sentence, whose job opens."""
    other = Job.objects.filter(pk=notice.params.get("id")).first()
    if other is None:
        return format_html("{}", notice)
    link = format_html('<a class="underline" href="{}">{}</a>', job_url(other), name_of(other))
    return format_html("{} {}", notice.in_general, link)


def run_again(request: HttpRequest, object_id: str) -> HttpResponse:
    job, key = to_run_again(request, object_id), launch_key(request)
    if (refusal := cannot_yet(request, job)) is not None:
        return refusal
    words = Asking(_("Run this job again?"), _("Run again"), _("It runs again. This page follows it."))
    return ask_and_run(request, job, key, words, back=job_url(job))


def ask_and_run(request: HttpRequest, job: Job, key: str, words: Asking, *, back: str) -> HttpResponse:
    """The dialog; once it is answered, the page of the new job."""
    if twin := twin_of(request, key):
        return done(request, job_url(twin))
    looked_at = Rerun.of(job)
    form = looked_at.form(request.POST if request.method == "POST" else None)
    dialog = Dialog(
        title=words.title,
        # The choice to repeat it says what is repeated.
        text=" ".join([*([] if looked_at.why_not else [str(rerun_note(job))]), *changes_since(job)]),
        items=[name_of(job), *looked_at.said()],
        submit=ALL_THE_SAME if looked_at.why_not else words.submit,
        form=form if form.fields else None,
        hidden=[(FIELD, key)],
    )
    if not (confirmed(request, dialog) and form.is_valid()):
        return ask(request, dialog, back=back)
    try:
        new = run_once_more(request, job, key, choices=cast(RerunForm, form).choices)
    except RunAgainRefused as error:
        return too_late(request, job, with_link(error.notice))
    tell_whether_queued(request, new, words.done)
    return done(request, job_url(new))


def run_once_more(
    request: HttpRequest,
    job: Job,
    key: str,
    arguments: Arguments | None = None,
    *,
    choices: Choices = PLAINLY,
) -> Job:
    """Run it again under this key: the second time, the first's job comes back and nothing is logged.

    Raises RunAgainRefused as `launching.rerun`.
    """
    if twin := Job.objects.filter(launch_key=key).first():
        return twin
    with transaction.atomic():
        new = rerun(job, by=request.user, arguments=arguments, key=key, **choices._asdict())
        log_action(request, job, _as_logged(request, job, new, choices))
    return new


def _as_logged(request: HttpRequest, job: Job, new: Job, choices: Choices) -> Notice:
    if changes := changed_arguments(request, job, new):
        said = audit_log.CORRECTED_ALL_THE_SAME if choices.all_the_same else audit_log.CORRECTED
        return said(id=new.pk, fields=changes)
    said = audit_log.RUN_AGAIN_ALL_THE_SAME if choices.all_the_same else audit_log.RUN_AGAIN
    return said(id=new.pk)


def rerun_note(job: Job) -> Text:
    kind = kind_of(job.name)
    return kind.rerun_note if kind else _("The whole job is done again with the same arguments.")


# --- Steps they share --------------------------------------------------------------------------


def to_run_again(request: HttpRequest, object_id: str) -> Job:
    require(request, "tasks_app.rerun_job")
    job = find_job(request, object_id)
    if not may_run_again(request.user, job):
        raise PermissionDenied
    return job


def cannot_yet(request: HttpRequest, job: Job) -> HttpResponse | None:
    if job.state not in FINAL:
        return too_late(request, job, _("This job has not ended: it cannot be run again yet."))
    return too_late(request, job, str(NOTHING_TO_RUN)) if was_unreadable(job) else None


def twin_of(request: HttpRequest, key: str) -> Job | None:
    """What the first of two clicks launched."""
    return Job.objects.filter(launch_key=key).first() if request.method == "POST" else None
