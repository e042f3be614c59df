"""Schedules that are gone, however they went: the last version of each says so."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django_celery_beat.models import PeriodicTask

from tasks_app.models import Made, ScheduleVersion
from tasks_app.schedules.versions.recording import UNKNOWN, Stamp


def note_deleted(now: datetime, stamp: Stamp = UNKNOWN, only: int | None = None) -> int:
    """Schedules that have versions and are there no more, or only that one; returns how many."""
    there = PeriodicTask.objects.filter(pk=OuterRef("schedule"))
    newer = ScheduleVersion.objects.filter(schedule=OuterRef("schedule"), number__gt=OuterRef("number"))
    gone = ScheduleVersion.objects.exclude(made=Made.DELETED).filter(~Exists(there), ~Exists(newer))
    if only is not None:
        gone = gone.filter(schedule=only)
    found = [
        ScheduleVersion(
            schedule_id=last.schedule_id,
            number=last.number + 1,
            at=now,
            by=stamp.by,
            made=Made.DELETED,
            why=stamp.why,
            definition=last.definition,
            digest=last.digest,
        )
        for last in gone
    ]
    ScheduleVersion.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def deleted_schedules() -> QuerySet[ScheduleVersion]:
    """The last version of each schedule that is gone, the latest first."""
    there = PeriodicTask.objects.filter(pk=OuterRef("schedule"))
    gone = ScheduleVersion.objects.filter(~Exists(there), made=Made.DELETED)
    newer = ScheduleVersion.objects.filter(schedule=OuterRef("schedule"), number__gt=OuterRef("number"))
    return gone.filter(~Exists(newer)).select_related("by").order_by("-at", "-pk")
