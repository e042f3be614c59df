"""Rows made of a definition, none of them saved: what a rhythm is worked out from, and what is put back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from tasks_app.errors import CodedError
from tasks_app.models import Calendar, ScheduleGroup
from tasks_app.schedules import causes
from tasks_app.schedules.job_of_schedule import RHYTHM_FIELDS
from tasks_app.schedules.rhythm import InvalidRhythm, known_zone
from tasks_app.schedules.versions.definition import OWN_ROWS, PLAIN_FIELDS, kept_fields

TIMINGS: dict[str, type[Model]] = {
    "crontab": CrontabSchedule,
    "interval": IntervalSchedule,
    "clocked": ClockedSchedule,
    "solar": SolarSchedule,
}


class UnreadableDefinition(CodedError, ValueError):
    """A definition of which no rows can be made."""


def unsaved(definition: Mapping[str, Any]) -> PeriodicTask:
    """The schedule with its timing and our rows beside it; raises UnreadableDefinition."""
    schedule = PeriodicTask()
    fill(schedule, definition)
    return schedule


def fill(schedule: PeriodicTask, definition: Mapping[str, Any]) -> None:
    """Give a schedule what a definition says, unsaved. Raises UnreadableDefinition."""
    for name in PLAIN_FIELDS:
        setattr(schedule, name, _value(PeriodicTask, name, definition.get(name)))
    schedule.args, schedule.kwargs = definition["args"], definition["kwargs"]
    for kind in TIMINGS:
        row = definition["timing"].get(kind)
        setattr(schedule, kind, timing_row(kind, row) if row is not None else None)
    for name in OWN_ROWS:
        _give(schedule, name, definition.get(name))


def timing_row(kind: str, values: Mapping[str, Any]) -> Model:
    """The row of these values: one that exists, else an unsaved one. Raises UnreadableDefinition."""
    model = TIMINGS[kind]
    if "timezone" in values:
        _check_zone(values["timezone"])
    fields = {name: _value(model, name, values.get(name)) for name in RHYTHM_FIELDS[kind]}
    return model._default_manager.filter(**fields).first() or model(**fields)


def _give(schedule: PeriodicTask, name: str, values: Mapping[str, Any] | None) -> None:
    relation: Any = PeriodicTask._meta.get_field(name)
    if values is None:
        relation.set_cached_value(schedule, None)
        return
    model = OWN_ROWS[name]
    row: Any = model(**{field.name: _own_value(field, values) for field in kept_fields(model)})
    row.schedule = schedule
    relation.set_cached_value(schedule, row)


def _own_value(field: Any, values: Mapping[str, Any]) -> Any:
    if field.name not in values:  # of a version before this column
        return field.get_default()
    if field.related_model is Calendar:
        return _calendar(values[field.name])
    if field.related_model is ScheduleGroup:
        return group_of(values[field.name])
    return _value(field.model, field.name, values[field.name])


def _calendar(name: Any) -> Calendar | None:
    if name is None:
        return None
    found: Calendar | None = Calendar.objects.filter(name=name).first()
    if found is None:
        raise UnreadableDefinition(causes.NO_SUCH_CALENDAR(name=name))
    return found


def group_of(name: Any) -> ScheduleGroup | None:
    """The group of that name, unsaved where there is none yet."""
    if not name:
        return None
    return ScheduleGroup.objects.filter(name=name).first() or ScheduleGroup(name=str(name))


def _check_zone(name: Any) -> None:
    try:
        known_zone(str(name))
    except InvalidRhythm as error:
        raise UnreadableDefinition(error.notice) from error


def _value(model: type[Model], name: str, value: Any) -> Any:
    """A moment that names no zone is of the installation's."""
    read: Any = partial(model._meta.get_field(name).to_python, value)  # type: ignore[union-attr]  # a column
    try:
        found = read()
        naive = isinstance(found, datetime) and found.tzinfo is None
        return timezone.make_aware(found, timezone.get_default_timezone()) if naive else found
    except (ValidationError, ValueError, ArithmeticError, TypeError) as error:
        raise UnreadableDefinition(causes.VALUE_UNREADABLE(field=name, value=str(value)[:80])) from error
