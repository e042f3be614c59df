"""A version where a schedule changed, whoever changed it: called wherever its digest is worked out.

What one person does in one transaction is one version, in however many steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from tasks_app.models import Made, ScheduleOptions, ScheduleVersion
from tasks_app.models.schedule_version import WHY_LENGTH
from tasks_app.schedules.versions.definition import definition_now, digest_of


@dataclass(frozen=True)
class Stamp:
    """Who made a version, how, and why."""

    made: str = Made.FOUND
    by: Any = None
    why: str = ""


UNKNOWN = Stamp()


def record(plans: Sequence[ScheduleOptions], now: datetime, stamp: Stamp = UNKNOWN) -> None:
    """Write a version of each schedule that differs from its last; sets the plans' numbers, unsaved.

    The plans are locked, or not in the database yet.
    """
    last = {version.schedule_id: version for version in latest(plan.pk for plan in plans)}
    new = []
    for plan in plans:
        before = last.get(plan.pk)
        version = _version(plan, now, stamp)
        if before is None:
            version.number = 1
        elif before.made != Made.DELETED and before.digest == version.digest:
            plan.version = before.number
            continue
        elif _is_of_one_step(before, version):
            version.pk, version.number, version.why = before.pk, before.number, version.why or before.why
        else:
            version.number = before.number + 1
        plan.version = version.number
        new.append(version)
    _write(new)


def latest(schedules: Iterable[int]) -> QuerySet[ScheduleVersion]:
    """The last version of each of these, without its definition."""
    newer = ScheduleVersion.objects.filter(schedule=OuterRef("schedule"), number__gt=OuterRef("number"))
    of_them = ScheduleVersion.objects.filter(schedule__in=list(schedules))
    return of_them.filter(~Exists(newer)).defer("definition")


def _version(plan: ScheduleOptions, now: datetime, stamp: Stamp) -> ScheduleVersion:
    definition = definition_now(plan.schedule, plan)
    return ScheduleVersion(
        schedule_id=plan.pk,
        at=now,
        by=stamp.by,
        made=stamp.made,
        why=stamp.why[:WHY_LENGTH],
        definition=definition,
        digest=digest_of(definition),
    )


def _is_of_one_step(before: ScheduleVersion, version: ScheduleVersion) -> bool:
    same = before.at == version.at and before.made == version.made and before.by_id == version.by_id
    return same and version.by_id is not None


def _write(versions: Sequence[ScheduleVersion]) -> None:
    again = [version for version in versions if version.pk is not None]
    for version in again:
        version.save(update_fields=["definition", "digest", "why"])
    fresh = [version for version in versions if version.pk is None]
    # Two clocks that see a new schedule for the first time write the same one.
    ScheduleVersion.objects.bulk_create(fresh, ignore_conflicts=True)
