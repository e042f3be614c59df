"""An earlier version of a schedule is put back, as one of its own; so is a schedule that was deleted."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django_celery_beat.models import PeriodicTask

from tasks_app.catalogue import kind_of
from tasks_app.db.bad_rows import begin_unread_anew
from tasks_app.errors import CodedError
from tasks_app.logs.masking import MASK
from tasks_app.models import Made, ScheduleOptions, ScheduleVersion, Slot
from tasks_app.notices import Notice
from tasks_app.schedules import causes
from tasks_app.schedules.job_of_schedule import InvalidSchedule, arguments_of
from tasks_app.schedules.owners import give_to
from tasks_app.schedules.planning import plan
from tasks_app.schedules.timings import save_timings
from tasks_app.schedules.versions.definition import OWN_ROWS, Definition, definition_now, own_row
from tasks_app.schedules.versions.recording import Stamp, record
from tasks_app.schedules.versions.unsaved import UnreadableDefinition, fill


class CannotBePutBack(CodedError, ValueError):
    """And why."""


def put_back(version: ScheduleVersion, now: datetime, stamp: Stamp) -> PeriodicTask:
    """The schedule is as it was in that version; one that was deleted is there again, with its key, and
    belongs to whoever put it back.

    Raises CannotBePutBack.
    """
    problem = why_not(version)
    if problem:
        raise CannotBePutBack(problem)
    with transaction.atomic():
        schedule = PeriodicTask.objects.filter(pk=version.schedule_id).first()
        is_gone = schedule is None
        if schedule is None:
            schedule = PeriodicTask(pk=version.schedule_id)
        write(schedule, version.definition, now, stamp)
        if is_gone:
            _give_slots_back(schedule, version.schedule_id)
        if is_gone and stamp.by is not None:
            give_to(schedule, stamp.by)  # whose it was went with it
    return schedule


def why_not(version: ScheduleVersion) -> Notice | None:
    """Why this version cannot be put back as things are now; None where it can."""
    definition = version.definition
    if MASK in (definition["args"], definition["kwargs"]):
        return causes.ARGUMENTS_NOT_KEPT()
    taken = PeriodicTask.objects.filter(name=definition["name"]).exclude(pk=version.schedule_id)
    if taken.exists():
        return causes.NAME_TAKEN(name=definition["name"])
    try:
        fill(PeriodicTask(), definition)
    except UnreadableDefinition as error:
        return error.notice
    return None


def write(schedule: PeriodicTask, definition: Definition, now: datetime, stamp: Stamp) -> None:
    """Make the schedule's rows what the definition says, planned and with a version, in one transaction.

    Raises UnreadableDefinition, and CannotBePutBack where beat refuses the row.
    """
    secrets = _secrets_that_stay(schedule, definition)
    begin_unread_anew(schedule)
    with transaction.atomic():
        if not schedule._state.adding:
            plan(schedule, now)  # what it was until now is a version
        fill(schedule, definition)
        if secrets:
            schedule.kwargs = json.dumps(json.loads(schedule.kwargs) | secrets)
        _save(schedule)
        plan(schedule, now, stamp)
        _set_options(schedule, definition, now, stamp)


def _save(schedule: PeriodicTask) -> None:
    save_timings(schedule)
    own = {name: own_row(schedule, name) for name in OWN_ROWS}
    try:
        schedule.save()
        for name, row in own.items():
            _save_own(schedule, name, row)
    except ValidationError as error:
        raise CannotBePutBack(causes.REFUSED_BY_ITS_ROW(error=" ".join(error.messages))) from error


def _save_own(schedule: PeriodicTask, name: str, row: Any) -> None:
    model = OWN_ROWS[name]
    there = model._default_manager.filter(schedule=schedule.pk)
    if row is None:
        there.delete()
        return
    row.schedule = schedule
    group = getattr(row, "group", None)
    if group is not None and group._state.adding:
        group.save()
        row.group = group
    row._state.adding = not there.exists()  # else its key would be told to be taken
    row.save()


def _set_options(schedule: PeriodicTask, definition: Definition, now: datetime, stamp: Stamp) -> None:
    """Our columns beside it, which are worked out already but for what a person chose."""
    options = ScheduleOptions.objects.select_for_update().get(pk=schedule.pk)
    options.schedule = schedule
    options.after_downtime = definition["after_downtime"]
    anchor = parse_datetime(definition.get("anchor") or "")
    if anchor and anchor != options.anchor:
        options.anchor, options.next_slot, options.definition = anchor, None, ""
        options.save()
        plan(schedule, now, stamp)
        options.refresh_from_db()
        options.schedule = schedule
    record([options], now, stamp)
    options.save(update_fields=["after_downtime", "version"])


def _secrets_that_stay(schedule: PeriodicTask, definition: Definition) -> dict[str, Any]:
    """Secret arguments are in no version: one whose seal is that of today's is today's.

    Others would be sent where they were not meant for.
    """
    wanted, kind = definition.get("secrets") or {}, kind_of(schedule.task)
    if not wanted or schedule.pk is None or kind is None:
        return {}
    try:
        arguments = arguments_of(schedule)
    except InvalidSchedule:
        return {}
    sealed = definition_now(schedule, None)["secrets"]
    return {name: arguments[name] for name, seal in wanted.items() if sealed.get(name) == seal}


def _give_slots_back(schedule: PeriodicTask, schedule_id: int) -> None:
    """The history of a schedule that was deleted: its slots kept its name, the time tells whose it was."""
    spans: list[tuple[str, datetime, datetime | None]] = []
    end = None
    for version in ScheduleVersion.objects.filter(schedule=schedule_id).order_by("-number"):
        if version.made == Made.DELETED:
            end = version.at
        elif end is not None:
            spans.append((version.definition["name"], version.at, end))
            end = version.at
    for name, begin, until in spans:
        orphans = Slot.objects.filter(schedule=None, schedule_name=name)
        orphans.filter(decided_at__gte=begin, decided_at__lte=until).update(schedule=schedule)
