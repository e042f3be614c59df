"""What can never run is refused as it is saved, whoever saves it: a page, a shell, another program.

Beat's `save` asks for one timing and no more; here the timing is read too, and the texts that must be JSON.
The tables are beat's: a signal of Django's is the only place of ours that every `save` passes.

Not refused, but set aside by the clock within a second, told on pages and counted by `doctor`:

- a fixture's rows (`raw`), which would stop in the middle of a file, and what UPDATE and bulk_create write;
- what is switched off: else nobody could switch off, rename or hand over what is broken;
- what other code or other rows decide, and may be well elsewhere or tomorrow: whether a job of that name is
  known, and whether its form takes the arguments.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CharField, DateTimeField, DecimalField, IntegerField, TextField
from django.db.models.signals import pre_save
from django.utils import timezone
from django.utils.translation import gettext as _
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.schedules.job_of_schedule import InvalidSchedule, cannot_be_dealt_with, payload_of
from tasks_app.schedules.rhythm import InvalidRhythm, rhythm_of

TIMINGS = {CrontabSchedule: "crontab", IntervalSchedule: "interval", SolarSchedule: "solar"}
BEATS_COLUMNS = (*TIMINGS.values(), "clocked")
OF_RHYTHM = frozenset({"enabled", "start_time", "expires", *BEATS_COLUMNS})
TAKE_OTHERS = (CharField, DateTimeField, DecimalField, IntegerField, TextField)
TEXTS = frozenset({"enabled", "args", "kwargs", "headers"})


def check_each_save() -> None:
    """From here on this process refuses to save what can never run."""
    pre_save.connect(_check_schedule, sender=PeriodicTask, dispatch_uid="check_each_save")
    for model in TIMINGS:
        pre_save.connect(_check_timing, sender=model, dispatch_uid="check_each_save")


def why_unusable(schedule: PeriodicTask, columns: Collection[str] = OF_RHYTHM | TEXTS) -> str:
    """Why the row can never run, whatever becomes of other rows; "" where it may. Of these columns alone."""
    try:
        schedule = _as_read(schedule)
        if OF_RHYTHM & set(columns):
            rhythm_of(schedule, timezone.now())
        if TEXTS & set(columns):
            payload_of(schedule)
    except (InvalidRhythm, InvalidSchedule) as error:
        return str(error)
    except Exception as error:  # a value that no sentence was written for
        if not is_of_one_row(error):
            raise
        return str(cannot_be_dealt_with(error))
    start, end = schedule.start_time, schedule.expires
    if OF_RHYTHM & set(columns) and start and end and end <= start:
        return _("It ends before it begins: “not after” has to be later than “not before”.")
    return ""


def _as_read(row: Any) -> Any:
    """A copy that holds what the table will give back: a shell may write a number as a text."""
    found = copy(row)
    for field in row._meta.concrete_fields:
        # What is not in the row was not asked for, and is what it was.
        if isinstance(field, TAKE_OTHERS) and field.attname in row.__dict__:
            setattr(found, field.attname, field.get_prep_value(getattr(row, field.attname)))
    for kind in BEATS_COLUMNS if isinstance(row, PeriodicTask) else ():
        if (timing := getattr(row, kind)) is not None:
            setattr(found, kind, _as_read(timing))
    return found


def _check_schedule(
    sender: Any, instance: PeriodicTask, raw: bool, update_fields: Collection[str] | None, **_rest: Any
) -> None:
    if raw or not instance.enabled:
        return
    problem = why_unusable(instance, OF_RHYTHM | TEXTS if update_fields is None else update_fields)
    if problem:
        raise ValidationError(problem)


def _check_timing(sender: Any, instance: Any, raw: bool, **_rest: Any) -> None:
    if raw:
        return
    problem = why_unusable(PeriodicTask(**{TIMINGS[sender]: instance}), OF_RHYTHM)
    if problem:
        raise ValidationError(problem)
