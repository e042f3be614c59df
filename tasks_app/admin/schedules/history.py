"""What came of a schedule's times: a page of slots, newest first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.jobs.lineage import mark, with_lineage
from tasks_app.admin.moments import moment_of
from tasks_app.admin.things import Thing, gone, page_of
from tasks_app.display import badge, state_badge
from tasks_app.models import Job, Slot, SlotState

SLOTS_SHOWN = 25
SLOT_LOOKS: dict[str, tuple[str, str]] = {
    SlotState.QUEUED: ("info", "hourglass_empty"),
    SlotState.DONE: ("success", "check_circle"),
    SlotState.FAILED: ("danger", "error"),
    SlotState.LATE: ("warning", "schedule"),
    SlotState.MISSED: ("warning", "event_busy"),
    SlotState.SKIPPED: ("", "skip_next"),
    SlotState.HELD: ("info", "pause_circle"),
}


def slot_badge(state: str) -> str:
    variant, icon = SLOT_LOOKS[state]
    return badge(SlotState(state).label, variant, icon)


def history(request: HttpRequest, schedule: PeriodicTask) -> dict[str, Any]:
    """A page of slots, newest first, each with its job while that is kept."""
    before = moment_of(request.GET.get("before", ""))
    slots = Slot.objects.filter(schedule=schedule).order_by("-moment")
    if before is not None:
        slots = slots.filter(moment__lt=before)
    shown = list(slots[: SLOTS_SHOWN + 1])
    columns = Job.objects.only("id", "state", "created_by_id", "rerun_id", "rerun_state")
    jobs = with_lineage(columns).in_bulk([slot.job_id for slot in shown if slot.job_id])
    return {
        "slots": [
            (slot, _badge(slot, job := jobs.get(slot.job_id)), _job_of(request, slot, job))
            for slot in shown[:SLOTS_SHOWN]
        ],
        "older": shown[SLOTS_SHOWN - 1].moment.isoformat() if len(shown) > SLOTS_SHOWN else "",
        "newest": before is None,
    }


def _job_of(request: HttpRequest, slot: Slot, job: Job | None) -> Thing | None:
    """None where no job was made of it, or its reader may not see it."""
    if job is not None:
        url = page_of(request, job)
        return Thing(_("Open its job"), url) if url else None
    return gone(_("Its job")) if slot.job_id else None


def _badge(slot: Slot, job: Job | None) -> str:
    """Its job's state while that has not ended: waiting, running or unknown; and what came of its re-run."""
    shown = state_badge(job.state) if job and slot.state == SlotState.QUEUED else slot_badge(slot.state)
    again = mark(job) if job else None
    return format_html("{} {}", shown, again) if again else shown
