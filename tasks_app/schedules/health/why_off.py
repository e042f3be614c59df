"""Why a schedule is off: its one run is over, or somebody switched it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django_celery_beat.models import PeriodicTask

from tasks_app.models import AuditItem

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
    entry = _switched_off(schedule)
    ran = schedule.last_run_at if schedule.one_off else None
    if ran and (entry is None or ran > entry.action_time):
        return Off(ran, has_run=True)
    return Off(entry.action_time, entry.user) if entry else Off()


def _switched_off(schedule: PeriodicTask) -> LogEntry | None:
    """The last entry that says so, of it alone or among others."""
    about = {"content_type": ContentType.objects.get_for_model(PeriodicTask), "object_id": str(schedule.pk)}
    alone = LogEntry.objects.filter(**about).select_related("user").order_by("-action_time", "-id")
    among = AuditItem.objects.filter(**about).select_related("entry__user").order_by("-id")
    found = [one for one in alone[:LOOKED_THROUGH] if SWITCHED_OFF in one.change_message][:1]
    found += [one.entry for one in among[:LOOKED_THROUGH] if SWITCHED_OFF in one.change_message][:1]
    return max(found, key=lambda one: one.action_time, default=None)
