"""A schedule as plain values: all that a person or a program may set, with names in place of ids.

{"name": …, "task": …, "args": "[]", "kwargs": "{…}", "timing": {"crontab": {…}}, "rule": {…}, …}

A secret argument is never among them: of it stands a seal alone, by which two definitions tell whether it
is the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Field, Model
from django.utils.crypto import salted_hmac
from django_celery_beat.models import PeriodicTask

from tasks_app.catalogue import kind_of
from tasks_app.logs.masking import MASK
from tasks_app.models import (
    AfterDowntime,
    Calendar,
    ScheduleGroup,
    ScheduleOptions,
    SchedulePolicy,
    ScheduleRule,
)
from tasks_app.schedules.job_of_schedule import RHYTHM_FIELDS, InvalidSchedule, arguments_of

type Definition = dict[str, Any]

# Beat's own columns, but for its timings, its arguments, and what it counts.
PLAIN_FIELDS = (
    "name", "description", "enabled", "one_off", "start_time", "expires", "expire_seconds", "task", "queue",
    "exchange", "routing_key", "priority", "headers",
)  # fmt: skip
# Our rows beside it, by the name of their relation. Each is kept whole, but for what is not a person's.
OWN_ROWS: dict[str, type[Model]] = {"rule": ScheduleRule, "policy": SchedulePolicy}
NOT_KEPT = ("schedule", "changed_at")
SEAL = "tasks_app.schedules.versions"


def definition_now(schedule: PeriodicTask, options: ScheduleOptions | None) -> Definition:
    """Of a schedule whose rows are loaded (`with_rhythms`)."""
    found: Definition = {name: plain(getattr(schedule, name)) for name in PLAIN_FIELDS}
    found["headers"] = _canonical(schedule.headers or "{}")
    found |= _arguments(schedule)
    found["timing"] = {kind: timing_of(row) for kind in RHYTHM_FIELDS if (row := getattr(schedule, kind))}
    for name in OWN_ROWS:
        row = own_row(schedule, name)
        found[name] = _kept(row) if row is not None else None
    found["after_downtime"] = str(options.after_downtime if options else AfterDowntime.ONCE)
    if schedule.interval and options:
        found["anchor"] = plain(options.anchor)
    return found


def digest_of(definition: Mapping[str, Any]) -> str:
    text = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def timing_of(row: Model) -> dict[str, Any]:
    kind = str(row._meta.model_name).removesuffix("schedule")
    return {name: plain(getattr(row, name)) for name in RHYTHM_FIELDS[kind]}


def own_row(schedule: PeriodicTask, name: str) -> Any:
    """Our row of that name beside it; None where it has none."""
    if name in schedule._state.fields_cache:
        return schedule._state.fields_cache[name]
    return getattr(schedule, name, None)


def kept_fields(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.name not in NOT_KEPT]


def plain(value: Any) -> Any:
    """As JSON has it; a moment in UTC, so that two of one moment are alike."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Calendar | ScheduleGroup):
        return value.name
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _kept(row: Model) -> dict[str, Any]:
    return {field.name: plain(getattr(row, field.name)) for field in kept_fields(type(row))}


def _arguments(schedule: PeriodicTask) -> Definition:
    kind = kind_of(schedule.task)
    if kind is None or not kind.secret:
        return {
            "args": _canonical(schedule.args or "[]"),
            "kwargs": _canonical(schedule.kwargs or "{}"),
            "secrets": {},
        }
    try:
        named = arguments_of(schedule)
    except InvalidSchedule:  # nobody knows where in the text they stand
        return {"args": MASK, "kwargs": MASK, "secrets": {}}
    shown = {name: value for name, value in named.items() if name not in kind.secret}
    sealed = {name: _seal(value) for name, value in named.items() if name in kind.secret}
    return {"args": "[]", "kwargs": json.dumps(shown, sort_keys=True), "secrets": sealed}


def _seal(value: Any) -> str:
    return salted_hmac(SEAL, json.dumps(value, sort_keys=True), algorithm="sha256").hexdigest()[:16]


def _canonical(text: str) -> str:
    """The same JSON is the same text, whatever its blanks; what is none stays as it is."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return text
