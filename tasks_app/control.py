"""What people do to jobs and queues: cancel, settle, pause, resume. All of it survives restarts."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.utils.translation import gettext as _

from tasks_app import ledger
from tasks_app.models import Job, QueueState, State


def cancel(job: Job, *, by: Any) -> str:
    """A waiting job never runs; a running one is asked. Returns "cancelled", "asked" or "final"."""
    backend: Any = current_app.backend
    if backend.end_waiting(job, _("Cancelled by %s before it started.") % by):
        return "cancelled"
    if ledger.ask_to_cancel(job.id):
        return "asked"
    return "final"


def settle(job: Job, state: State, *, by: Any, note: str = "") -> bool:
    """Give a job of unknown outcome its end (SUCCEEDED or FAILED); False when it was settled before."""
    backend: Any = current_app.backend
    return bool(backend.end_unknown(job, state, note or _("Settled by %s.") % by))


def pause(queue: str, *, by: Any) -> None:
    """From here on no job of the queue starts; running ones end."""
    QueueState.objects.update_or_create(name=queue, defaults={"paused": True, "changed_by": by})


def resume(queue: str, *, by: Any) -> None:
    """Open a paused queue; the clock publishes what waits within a tick."""
    QueueState.objects.update_or_create(name=queue, defaults={"paused": False, "changed_by": by})
