"""Rows of django-celery-beat that it cannot read itself: no list, join or tick that meets one ends there.

A time zone that this host does not know is read as the text that it is (django-timezone-field raises while
the answer is still being read), and a schedule whose rhythm has no words is called by its name, a timing by
its number.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from tasks_app.db.bad_rows import or_none

ZONE: Any = CrontabSchedule._meta.get_field("timezone")
TO_PYTHON = ZONE.to_python
TEXT = PeriodicTask.__str__
TEXTS: dict[type[Any], Any] = {
    model: model.__str__ for model in (CrontabSchedule, IntervalSchedule, SolarSchedule, ClockedSchedule)
}


class UnknownZone(str):
    """What stands in the row; `rhythm_of` says that it is no time zone."""


def read_zone(value: str | None, *_expression_and_connection: Any) -> Any:
    """A ZoneInfo, or the text as it is. A name may lead to a folder, or out of the folder of zones."""
    try:
        zone = TO_PYTHON(value)
    except (ValidationError, ValueError, OSError):
        zone = None
    return zone if zone is not None else UnknownZone(value or "")


def text_of(self: PeriodicTask) -> str:
    return or_none(lambda: TEXT(self)) or self.name


def text_of_timing(self: Any) -> str:
    return or_none(lambda: str(TEXTS[type(self)](self))) or f"{self._meta.model_name} {self.pk}"


def read_leniently() -> None:
    """From here on this process reads them so; what is saved is checked as ever (TimeZoneField.validate)."""
    ZONE.from_db_value = ZONE.to_python = read_zone  # the second as the instance is given its value
    PeriodicTask.__str__ = text_of
    for model in TEXTS:
        setattr(model, "__str__", text_of_timing)  # noqa: B010 - its type is of a method that is bound
