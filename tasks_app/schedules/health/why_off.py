"""Why a schedule is off: its one run is over, its time is over, or somebody switched it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django_celery_beat.models import PeriodicTask

LOOKED_THROUGH = 50  # entries of the audit log about it, the newest first
SWITCHED_OFF = "audit.schedule_switched_off"


@dataclass(frozen=True)
class Off:
    """Since when, and by whom, as far as anybody noted it."""

    at: datetime | None = None
    by: Any = None
    has_run: bool = False  # it was to run once, and did


def why_off(schedule: PeriodicTask) -> Off | None:
    """None of one that is on."""
    if schedule.enabled:
        return None
    kind = ContentType.objects.get_for_model(PeriodicTask)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(schedule.pk)).select_related("user")
    for entry in entries.order_by("-action_time", "-id")[:LOOKED_THROUGH]:
        if SWITCHED_OFF in entry.change_message:
            if schedule.one_off and schedule.last_run_at and schedule.last_run_at > entry.action_time:
                break
            return Off(entry.action_time, entry.user)
    if schedule.one_off and schedule.last_run_at:
        return Off(schedule.last_run_at, has_run=True)
    return Off()
