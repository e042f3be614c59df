"""A timing, as beat keeps one in a row that schedules share: whose it is, and its change for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import or_none
from tasks_app.schedules.job_of_schedule import RHYTHM_FIELDS
from tasks_app.schedules.planning import RULE, plan_all
from tasks_app.schedules.versions.recording import Stamp
from tasks_app.schedules.versions.unsaved import TIMINGS

COLUMNS: dict[type[Model], str] = {model: column for column, model in TIMINGS.items()}


def column_of(model: type[Model]) -> str:
    """Of a schedule: where it names a row of this model."""
    return COLUMNS[model]


def fields_of(model: type[Model]) -> Sequence[str]:
    """The columns that say when."""
    return RHYTHM_FIELDS[column_of(model)]


def scheduled(row: Model) -> PeriodicTask:
    """A schedule that runs by this row and by nothing else, unsaved: for its words and its next times."""
    schedule = PeriodicTask(**{column_of(type(row)): row})
    RULE.set_cached_value(schedule, None)
    return schedule


def users_of(row: Model) -> QuerySet[PeriodicTask]:
    """The schedules that run by it."""
    users: QuerySet[PeriodicTask] = PeriodicTask.objects.filter(**{column_of(type(row)): row.pk})
    return users


def ids_of_users(row: Model) -> list[int]:
    return list(users_of(row).order_by("pk").values_list("pk", flat=True))


def hold(row: Model) -> list[int]:
    """Lock the row and the schedules that run by it, in a transaction; returns their ids.

    The schedules first, as whoever saves one does. From then on none of them leaves it, and none comes.
    """
    ids_of = users_of(row).order_by("pk").values_list("pk", flat=True)
    list(ids_of.select_for_update())
    type(row)._default_manager.select_for_update().filter(pk=row.pk).values_list("pk").first()
    return list(ids_of)


def change(row: Model, users: Sequence[int], now: datetime, stamp: Stamp) -> None:
    """Save a row that has its new values, and plan all that run by it. It is held (`hold`)."""
    plan_all(users, now)  # what each was until now is a version, made by whoever made it
    row.save()
    plan_all(users, now, stamp)


def add(row: Model) -> None:
    """Beat has no event of the sun twice: where it was added in the same instant, that row is this one."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        values = {name: getattr(row, name) for name in fields_of(type(row))}
        row.pk = type(row)._default_manager.get(**values).pk


def save_timings(schedule: PeriodicTask) -> None:
    """Those that are new, before the schedule is saved, in its transaction.

    One that was there, and was changed or deleted on its own page since, is made anew.
    """
    for column in TIMINGS:
        row: Any = getattr(schedule, column)
        if row is None:
            continue
        if row.pk is None or _has_become_another(row):
            row.pk, row._state.adding = None, True
            add(row)
        setattr(schedule, column, row)


def _has_become_another(row: Model) -> bool:
    """What cannot be read is none that a form made: it stays."""
    rows = type(row)._default_manager.select_for_update(no_key=True).filter(pk=row.pk)
    same = or_none(lambda: rows.filter(**{name: getattr(row, name) for name in fields_of(type(row))}))
    return same is not None and same.values_list("pk").first() is None
