"""Queues & workers: what waits and runs, who works, and whether the broker answers."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, page
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.catalogue import launchables
from tasks_app.models import QueueState
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.monitor.pauses import pauses
from tasks_app.monitor.queue_status import known_queues, look

VIEW = "tasks_app.view_queuestate"
PAUSE = "tasks_app.pause_queue"


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Shown wherever jobs wait for this queue; may be left empty."),
    )


@page("queues/", name="queues", permission=VIEW)
def queues_page(request: HttpRequest) -> HttpResponse:
    context = admin.site.each_context(request) | _shown(request) | {"title": _("Queues & workers")}
    return TemplateResponse(request, "tasks_app/queues.html", context)


@page("queues/live/", name="queues_live", permission=VIEW)
def queues_live(request: HttpRequest) -> HttpResponse:
    """The same figures, a few seconds later."""
    return TemplateResponse(request, "tasks_app/queues_body.html", _shown(request))


@page("queues/<path:name>/pause/", name="queue_pause", permission=VIEW)
def pause(request: HttpRequest, name: str) -> HttpResponse:
    require(request, PAUSE)
    dialog = Dialog(
        title=_("Pause the queue “%(name)s”?") % {"name": name},
        text=_("Jobs that run end. No other starts until somebody resumes the queue; what comes in waits."),
        submit=_("Pause the queue"),
        form=dress(PauseForm(request.POST if request.method == "POST" else None)),
        danger=True,
    )
    return _switch(request, name, dialog, paused=True)


@page("queues/<path:name>/resume/", name="queue_resume", permission=VIEW)
def resume(request: HttpRequest, name: str) -> HttpResponse:
    require(request, PAUSE)
    dialog = Dialog(
        title=_("Resume the queue “%(name)s”?") % {"name": name},
        text=_("What waits in it starts as workers are free."),
        items=[str(pause) for pause in pauses([name])],
        submit=_("Resume the queue"),
    )
    return _switch(request, name, dialog, paused=False)


def _switch(request: HttpRequest, name: str, dialog: Dialog, *, paused: bool) -> HttpResponse:
    if name not in known_queues():
        raise Http404
    back = reverse("admin:queues")
    if not confirmed(request, dialog):
        return ask(request, dialog, back=back)
    if paused:
        _paused(request, name, dialog.form.cleaned_data["reason"] if dialog.form else "")
    elif control.resume(name, by=request.user):
        messages.success(request, _("“%(name)s” is open again.") % {"name": name})
        log_action(request, QueueState.objects.get(pk=name), audit_log.RESUMED())
    else:
        messages.info(request, _("“%(name)s” was open already.") % {"name": name})
    return done(request, back)


def _paused(request: HttpRequest, name: str, reason: str) -> None:
    if control.pause(name, by=request.user, reason=reason):
        messages.success(request, _("“%(name)s” is paused.") % {"name": name})
        log_action(request, QueueState.objects.get(pk=name), audit_log.paused(reason))
        return
    for pause in pauses([name]):
        messages.info(
            request,
            _("“%(name)s” was paused already, and stays so. %(pause)s.") % {"name": name, "pause": pause},
        )


def _shown(request: HttpRequest) -> dict[str, object]:
    rehearsal = [one for one in launchables(request.user) if one.slug == "debug_task"]
    return look() | {
        "may_pause": request.user.has_perm(PAUSE),
        "may_see_jobs": request.user.has_perm("tasks_app.view_job"),
        "rehearsal": rehearsal[0] if rehearsal else None,
    }
