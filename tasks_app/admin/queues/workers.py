"""Asking a worker to finish and stop, and taking that back before it has."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app import control
from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action, page
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.things import SHOWN_ON, job_name
from tasks_app.display import more_than
from tasks_app.models import Job, Node
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.subject import listed

VIEW = "tasks_app.view_queuestate"
STOP = "tasks_app.stop_worker"
SHOWN_ON[Node] = ("admin:queues", VIEW)
RUNS_NAMED = 20


class FinishForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Kept in the audit log, and shown beside the worker; may be left empty."),
    )


@page("workers/<path:name>/finish/", name="worker_finish", permission=VIEW)
def finish(request: HttpRequest, name: str) -> HttpResponse:
    worker = _worker(request, name)
    dialog = Dialog(
        title=_("Ask the worker “%(name)s” to finish and stop?") % {"name": name},
        text=_(
            "It takes no other job, ends those that it has, and ends itself, with success. What follows is "
            "its supervisor's word: Docker Compose (restart: unless-stopped) starts a new one at once, "
            "systemd (Restart=on-failure) leaves it stopped. It hears of this within seconds."
        ),
        items=_what_it_runs(worker),
        submit=_("Finish and stop"),
        form=dress(FinishForm(request.POST if request.method == "POST" else None)),
        danger=True,
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=reverse("admin:queues"))
    reason = dialog.form.cleaned_data["reason"] if dialog.form else ""
    if control.ask_to_finish(name, by=request.user, reason=reason):
        what = audit_log.WORKER_TO_FINISH_BECAUSE(reason=reason) if reason else audit_log.WORKER_TO_FINISH()
        log_action(request, worker, what)
        messages.success(request, _("“%(name)s” finishes what it has, and stops.") % {"name": name})
    else:
        messages.info(
            request,
            _("“%(name)s” cannot be asked now: it is gone, was asked before, or is of an older version.")
            % {"name": name},
        )
    return done(request, reverse("admin:queues"))


@page("workers/<path:name>/go-on/", name="worker_go_on", permission=VIEW)
def go_on(request: HttpRequest, name: str) -> HttpResponse:
    worker = _worker(request, name)
    dialog = Dialog(
        title=_("Let the worker “%(name)s” go on?") % {"name": name},
        text=_("It was asked to finish and stop. It takes jobs again, unless it has ended by then."),
        items=_what_it_runs(worker),
        submit=_("Let it go on"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=reverse("admin:queues"))
    if control.let_go_on(name):
        log_action(request, worker, audit_log.WORKER_TO_GO_ON())
        messages.success(request, _("“%(name)s” takes jobs again.") % {"name": name})
    else:
        messages.info(request, _("“%(name)s” has ended, or nobody had asked it to.") % {"name": name})
    return done(request, reverse("admin:queues"))


def _worker(request: HttpRequest, name: str) -> Node:
    """The worker of the URL; raises PermissionDenied, or Http404 where there is none."""
    require(request, STOP)
    worker = Node.objects.filter(pk=name, kind=Node.Kind.WORKER).first()
    if worker is None:
        raise Http404
    return worker


def _what_it_runs(worker: Node) -> list[str]:
    runs = listed(Job.objects.running().filter(worker=worker.name)).order_by("started_at")
    found = list(runs[: RUNS_NAMED + 1])
    said = ngettext("%(count)s job runs on it.", "%(count)s jobs run on it.", len(found))
    return [said % {"count": more_than(len(found), RUNS_NAMED)}, *map(job_name, found[:RUNS_NAMED])]
