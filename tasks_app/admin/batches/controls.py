"""Starting, pausing, letting go on and stopping a batch: each asked first, decided by a guarded UPDATE."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.admin import audit_log
from tasks_app.admin.batches.new import RIGHTS, batch_url
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.things import row_of
from tasks_app.batches import control
from tasks_app.batches.words import made_of
from tasks_app.display import Text, labelled
from tasks_app.models import Batch, BatchState, Canary, ItemClass, ItemState
from tasks_app.models.batch import INCLUDABLE, REASON_LENGTH, STOPPABLE
from tasks_app.notices import Notice

PENDING = (ItemState.PENDING,)
INCLUDE: dict[str, Text] = {
    ItemClass.EFFECT: gettext_lazy("Include the %(count)s whose effect would be repeated"),
    ItemClass.DONE: gettext_lazy("Include the %(count)s that are done already: all of it is done again"),
}


class StartForm(forms.Form):
    """What is launched besides what repeats nothing, and how carefully."""

    canary = forms.ChoiceField(
        label=gettext_lazy("How"), choices=Canary.choices, initial=Canary.WATCH, widget=forms.RadioSelect
    )

    def __init__(self, batch: Batch, data: Any) -> None:
        super().__init__(data)
        self.launches = batch.count((ItemClass.NOTHING,), PENDING)
        for name in INCLUDABLE:
            if count := batch.count((name,), PENDING):
                label = INCLUDE[name] % {"count": _grouped(count)}
                self.fields[name] = forms.BooleanField(label=label, required=False)
        if len(self.fields) > 1:
            self.fields["reason"] = forms.CharField(
                label=_("Why are they included?"),
                required=False,
                max_length=REASON_LENGTH,
                help_text=_("Kept with the batch."),
            )

    @property
    def included(self) -> list[str]:
        return [name for name in INCLUDABLE if self.cleaned_data.get(name)]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        included = any(said.get(name) for name in INCLUDABLE)
        if included and not said.get("reason", "").strip():
            self.add_error("reason", _("Say why what was left out is included all the same."))
        if not included and not self.launches:
            raise ValidationError(_("Nothing would run again: include some of what is left out, or close."))
        return said


def find_batch(object_id: str) -> Batch:
    batch = row_of(Batch, object_id)
    if batch is None:
        raise Http404
    return batch


def start(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, *RIGHTS)
    batch = find_batch(object_id)
    if batch.state != BatchState.READY:
        return _too_late(request, batch)
    form = StartForm(batch, request.POST if request.method == "POST" else None)
    count, left_out = form.launches, _left_out(batch)
    dialog = Dialog(
        title=ngettext("Run %(count)s job again?", "Run %(count)s jobs again?", count) % _words(count),
        text=_what_it_means(count, left_out),
        items=[made_of(batch)],
        left_out=left_out,
        submit=_("Start"),
        form=dress(form),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=batch_url(batch))
    said = form.cleaned_data
    how = {"canary": said["canary"], "included": form.included, "reason": said.get("reason", "")}
    with transaction.atomic():
        if not control.start(batch, by=request.user, **how):
            return _too_late(request, batch)
        log_action(request, batch, _started(batch, form, how["reason"]))
    return done(request, batch_url(batch))


def _what_it_means(count: int, left_out: list[Text]) -> Text:
    if not count:
        return _("Each of them would repeat something: none runs again, unless you include it below.")
    if not left_out:
        return _("They repeat nothing.")
    return _("They repeat nothing. What is left out below stays as it is, unless you include it.")


def _started(batch: Batch, form: StartForm, reason: str) -> Notice:
    if not form.included:
        return audit_log.BATCH_STARTED()
    classes = ", ".join(str(ItemClass(name).label) for name in form.included)
    return audit_log.BATCH_STARTED_INCLUDING(classes=classes, reason=reason)


def _left_out(batch: Batch) -> list[Text]:
    """ "Done already: 12", of each class that is not launched by itself."""
    found = [(name, batch.count((name,))) for name in ItemClass if name != ItemClass.NOTHING]
    return [labelled(ItemClass(name).label, _grouped(count)) for name, count in found if count]


def pause(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, *RIGHTS)
    batch = find_batch(object_id)
    dialog = Dialog(
        title=_("Pause this batch?"),
        text=_("It launches nothing more until somebody has it go on. What it launched already goes on."),
        items=[made_of(batch)],
        submit=_("Pause the batch"),
    )
    if batch.state != BatchState.RUNNING:
        return _too_late(request, batch)
    if not confirmed(request, dialog):
        return ask(request, dialog, back=batch_url(batch))
    with transaction.atomic():
        if not control.pause(batch):
            return _too_late(request, batch)
        log_action(request, batch, audit_log.BATCH_PAUSED())
    return done(request, batch_url(batch))


def go_on(request: HttpRequest, object_id: str) -> HttpResponse:
    """After a pause; or where the job that worked on it ended before it did."""
    require(request, *RIGHTS)
    batch = find_batch(object_id)
    if batch.state != BatchState.PAUSED and not control.needs_job(batch):
        return _too_late(request, batch)
    pending = batch.count(batch.takes, PENDING)
    dialog = Dialog(
        title=_("Have this batch go on?"),
        text=ngettext("%(count)s job is not launched yet.", "%(count)s jobs are not launched yet.", pending)
        % _words(pending),
        items=[made_of(batch)],
        submit=_("Go on"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=batch_url(batch))
    with transaction.atomic():
        if not (control.resume(batch, by=request.user) or control.work_on(batch, by=request.user)):
            return _too_late(request, batch)
        log_action(request, batch, audit_log.BATCH_RESUMED())
    return done(request, batch_url(batch))


def stop(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, *RIGHTS)
    batch = find_batch(object_id)
    if batch.state not in STOPPABLE:
        return _too_late(request, batch)
    launched = batch.launched
    dialog = Dialog(
        title=_("Stop this batch?"),
        text=_("It launches nothing more, for good, and its jobs are free for another batch.")
        if not launched
        else ngettext(
            "It launches nothing more, for good. The %(count)s job that it launched goes on.",
            "It launches nothing more, for good. The %(count)s jobs that it launched go on.",
            launched,
        )
        % _words(launched),
        items=[made_of(batch)],
        submit=_("Stop the batch"),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=batch_url(batch))
    with transaction.atomic():
        if not control.stop(batch, by=request.user):
            return _too_late(request, batch)
        log_action(request, batch, audit_log.BATCH_STOPPED())
    return done(request, batch_url(batch))


def _too_late(request: HttpRequest, batch: Batch) -> HttpResponse:
    batch.refresh_from_db(fields=["state"])
    messages.warning(
        request,
        _("Nothing was done: meanwhile the batch is in another state, “%(state)s”.")
        % {"state": batch.get_state_display()},
    )
    return done(request, batch_url(batch))


def _words(count: int) -> dict[str, str]:
    return {"count": _grouped(count)}


def _grouped(count: int) -> str:
    return number_format(count, force_grouping=True)
