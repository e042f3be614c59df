"""Pausing a queue with a reason and an end, changing either, and resuming it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, page
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.moments import MomentField, moment_of
from tasks_app.db import shared_time
from tasks_app.models import QueueState
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.monitor.pauses import pause_of, pauses
from tasks_app.monitor.queue_status import Queue, queue_named

VIEW = "tasks_app.view_queuestate"
PAUSE = "tasks_app.pause_queue"
SEEN = "seen"  # when the pause was changed last, as its dialog shows it


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Shown wherever jobs wait for this queue; may be left empty."),
    )
    until = MomentField(
        label=gettext_lazy("Until when?"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=gettext_lazy(
            "Then it resumes by itself, on the clock of the office. Left empty, it holds until somebody "
            "resumes the queue."
        ),
    )

    def clean_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["until"]
        try:
            control.check_end(until)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return until


@page("queues/<path:name>/pause/", name="queue_pause", permission=VIEW)
def pause(request: HttpRequest, name: str) -> HttpResponse:
    queue = _asked_of(request, name)
    dialog = Dialog(
        title=_("Pause the queue “%(name)s”?") % {"name": name},
        text=_("Jobs that run end. No other starts until the pause ends; what comes in waits."),
        items=_at_present(queue),
        submit=_("Pause the queue"),
        form=_form(request),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_back())
    given = _given(dialog)
    if control.pause(name, by=request.user, **given):
        messages.success(request, _("“%(name)s” is paused.") % {"name": name})
        log_action(request, QueueState.objects.get(pk=name), audit_log.pausing(**given))
    else:
        said = _("“%(name)s” was paused already, and stays so. %(pause)s.")
        _tell_of_pause(request, name, said)
    return done(request, _back())


@page("queues/<path:name>/change/", name="queue_change", permission=VIEW)
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Another reason or end of the pause; what somebody else changed meanwhile is shown, not overwritten."""
    _asked_of(request, name)
    row = QueueState.objects.paused(shared_time.now()).select_related("changed_by").filter(pk=name).first()
    if row is None:
        return _is_open(request, name)
    seen = moment_of(request.POST.get(SEEN, "")) or row.changed_at
    dialog = Dialog(
        title=_("Change the pause of the queue “%(name)s”?") % {"name": name},
        items=[str(pause_of(row))],
        submit=_("Change the pause"),
        form=_form(request, row),
        hidden=[(SEEN, seen.isoformat())],
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_back())
    given = _given(dialog)
    if control.change_pause(name, seen=seen, **given):
        messages.success(request, _("The pause of “%(name)s” is changed.") % {"name": name})
        log_action(request, row, audit_log.PAUSE_CHANGED(pause=audit_log.pausing(**given)))
    else:
        _tell_of_pause(request, name, _("Nothing changed: somebody changed the pause meanwhile. %(pause)s."))
    return done(request, _back())


@page("queues/<path:name>/resume/", name="queue_resume", permission=VIEW)
def resume(request: HttpRequest, name: str) -> HttpResponse:
    queue = _asked_of(request, name)
    dialog = Dialog(
        title=_("Resume the queue “%(name)s”?") % {"name": name},
        text=_("What waits in it starts as workers are free."),
        items=[*(str(pause) for pause in pauses([name])), *_at_present(queue)],
        submit=_("Resume the queue"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=_back())
    if not control.resume(name, by=request.user):
        return _is_open(request, name)
    messages.success(request, _("“%(name)s” is open again.") % {"name": name})
    log_action(request, QueueState.objects.get(pk=name), audit_log.RESUMED())
    return done(request, _back())


# --- What they share ---------------------------------------------------------------------------


def _asked_of(request: HttpRequest, name: str) -> Queue:
    """The queue of the URL; raises PermissionDenied, or Http404 for one that nobody knows."""
    require(request, PAUSE)
    queue = queue_named(name, shared_time.now())
    if queue is None:
        raise Http404
    return queue


def _at_present(queue: Queue) -> list[str]:
    """What waits and runs in it, and whether anybody would take it."""
    figures = _("Waiting: %(waiting)s. Running: %(running)s.") % {
        "waiting": queue.waiting,
        "running": queue.running,
    }
    return [figures] if queue.workers else [figures, _("No worker takes from it at present.")]


def _form(request: HttpRequest, row: QueueState | None = None) -> forms.Form:
    initial = {"reason": row.pause_reason, "until": row.paused_until} if row else None
    return dress(PauseForm(request.POST if request.method == "POST" else None, initial=initial))


def _given(dialog: Dialog) -> dict[str, Any]:
    return dict(dialog.form.cleaned_data) if dialog.form else {}


def _tell_of_pause(request: HttpRequest, name: str, said: str) -> None:
    for pause in pauses([name]):
        messages.info(request, said % {"name": name, "pause": pause})


def _is_open(request: HttpRequest, name: str) -> HttpResponse:
    messages.info(request, _("“%(name)s” was open already.") % {"name": name})
    return done(request, _back())


def _back() -> str:
    return reverse("admin:queues")
