"""The page of queues and workers: what waits and runs, who works, and whether the broker answers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from tasks_app.admin.common import page
from tasks_app.admin.queues.pausing import PAUSE
from tasks_app.admin.queues.workers import STOP
from tasks_app.broker.ping import ask_broker
from tasks_app.catalogue import launchables
from tasks_app.db import shared_time
from tasks_app.ledger.refused_message import counted_since
from tasks_app.monitor.queue_status import COUNTED_FOR, queues
from tasks_app.monitor.rates import ended_lately
from tasks_app.monitor.workers import nodes

VIEW = "tasks_app.view_queuestate"


@page("queues/", name="queues", permission=VIEW)
def queues_page(request: HttpRequest) -> HttpResponse:
    context = admin.site.each_context(request) | _shown(request) | {"title": _("Queues & workers")}
    return TemplateResponse(request, "tasks_app/queues.html", context)


@page("queues/live/", name="queues_live", permission=VIEW)
def queues_live(request: HttpRequest) -> HttpResponse:
    """The same figures, a few seconds later."""
    return TemplateResponse(request, "tasks_app/queues_body.html", _shown(request))


def figures() -> dict[str, Any]:
    """Everything that the page counts, as of `now`."""
    now = shared_time.now()
    ended = ended_lately(now)
    seen = nodes(now, ended)
    return {
        "now": now,
        "queues": [queue.at(ended.of_queue(queue.name)) for queue in queues(now, seen.alive)],
        **seen.by_place(),
        "broker": ask_broker(),
        "without_job": counted_since(now - COUNTED_FOR),
    }


def _shown(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    rehearsal = [one for one in launchables(user) if one.slug == "debug_task"]
    return figures() | {
        "may_pause": user.has_perm(PAUSE),
        "may_stop": user.has_perm(STOP),
        "may_see_jobs": user.has_perm("tasks_app.view_job"),
        "rehearsal": rehearsal[0] if rehearsal else None,
    }
