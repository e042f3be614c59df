"""Other schedules that run by the very row of a timing: a row of beat's is shared by whoever names it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django_celery_beat.models import PeriodicTask

from tasks_app.schedules.rhythm import rule_of
from tasks_app.schedules.versions.definition import OWN_ROWS, kept_fields, plain
from tasks_app.schedules.versions.unsaved import TIMINGS


def sharing(schedule: PeriodicTask, columns: Iterable[str] = tuple(TIMINGS)) -> list[PeriodicTask]:
    """Those that name the same timing, and leave out and move the same of it."""
    found: list[PeriodicTask] = []
    for column in columns:
        row_id = getattr(schedule, f"{column}_id")
        if row_id is None:
            continue
        others = _rows().filter(**{f"{column}_id": row_id}).exclude(pk=schedule.pk)
        found += [other for other in others if _ruled_alike(other, schedule)]
    return found


def _rows() -> QuerySet[PeriodicTask]:
    beats = PeriodicTask.objects.select_related("options", *TIMINGS)
    found: QuerySet[PeriodicTask] = beats.prefetch_related("rule__calendar").order_by("name")
    return found


def _ruled_alike(one: PeriodicTask, other: PeriodicTask) -> bool:
    return _said(one) == _said(other)


def _said(schedule: PeriodicTask) -> dict[str, object] | None:
    rule = rule_of(schedule)
    if rule is None:
        return None
    return {field.name: plain(getattr(rule, field.name)) for field in kept_fields(OWN_ROWS["rule"])}
