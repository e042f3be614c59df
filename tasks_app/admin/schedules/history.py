"""What came of a schedule's times: a page of slots, newest first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.admin.dialogs import require
from tasks_app.admin.jobs.lineage import mark, with_lineage
from tasks_app.admin.moments import moment_of
from tasks_app.admin.schedules.access import VIEW
from tasks_app.admin.schedules.strip import StripWriter, legend
from tasks_app.admin.things import Thing, gone, page_of
from tasks_app.display import badge, state_badge
from tasks_app.models import Job, ScheduleTrouble, Slot, SlotState
from tasks_app.notices import say
from tasks_app.schedules.health.strips import strips
from tasks_app.schedules.health.why_off import why_off

SLOTS_SHOWN = 10
LONGEST_KEY = 19  # digits, of what a database numbers
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
    chosen = _chosen(request, schedule)
    if chosen is not None:
        slots = slots.filter(moment__lte=chosen.moment)
    elif before is not None:
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
        "newest": before is None and chosen is None,
        "chosen": chosen and chosen.pk,
    }


def came_of(schedule: PeriodicTask) -> dict[str, Any]:
    """Its last slots as a strip, what is wrong with it, and why it is off."""
    cells = strips([schedule.pk]).get(schedule.pk, [])
    trouble = ScheduleTrouble.objects.filter(schedule=schedule, ended_at=None).first()
    return {
        "strip": StripWriter()(cells) if cells else "",
        "legend": legend(),
        "trouble": trouble,
        "trouble_said": say(trouble.cause, trouble.params) if trouble else "",
        "why_off": why_off(schedule),
    }


def open_slot(request: HttpRequest, slot_id: int) -> HttpResponse:
    """The job of a slot for who may see it; else the schedule's page, where its reason stands."""
    require(request, VIEW)
    slot = get_object_or_404(Slot.objects.exclude(schedule=None), pk=slot_id)
    job = Job.objects.filter(pk=slot.job_id).only("pk", "created_by_id").first() if slot.job_id else None
    if job is not None and (url := page_of(request, job)):
        return redirect(url)
    page = reverse("admin:django_celery_beat_periodictask_change", args=[slot.schedule_id])
    return redirect(f"{page}?slot={slot.pk}#slot-{slot.pk}")


def _chosen(request: HttpRequest, schedule: PeriodicTask) -> Slot | None:
    """The slot that a cell of the strip led to."""
    asked = request.GET.get("slot", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < LONGEST_KEY):
        return None
    return Slot.objects.filter(schedule=schedule, pk=int(asked)).first()


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
