"""A file of schedules as a fixture: `manage.py loaddata schedules.yaml` takes it, and Django's own YAML too.

Named in settings.SERIALIZATION_MODULES; see docs/decisions/0038.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.base import DeserializationError
from django.core.serializers.pyyaml import Deserializer as DjangosOwn
from django.core.serializers.pyyaml import Serializer as Serializer
from django_celery_beat.models import PeriodicTask

from tasks_app.db import shared_time
from tasks_app.errors import CodedError
from tasks_app.models import Calendar
from tasks_app.schedules.moving.importing import bring_in_calendar, bring_in_schedule, entries_of
from tasks_app.schedules.moving.reading import Node, Refused, read

# Of Django's own format each line at the left begins with "- ".
OURS = re.compile(rb"^(schedules|calendars):", re.MULTILINE)


class Brought:
    """An entry, as Django's command sees an object that it saves."""

    deferred_fields: dict[Any, Any] = {}

    def __init__(self, entry: Node, model: type[Any]) -> None:
        self.entry = entry
        self.object = model()

    def save(self, *args: Any, **options: Any) -> None:
        try:
            if isinstance(self.object, Calendar):
                bring_in_calendar(self.entry)
            else:
                bring_in_schedule(self.entry, shared_time.now(), None, lambda schedule: "")
        except (CodedError, ValidationError) as error:
            raise DeserializationError(f"line {getattr(error, 'line', self.entry.line)}: {error}") from error


def Deserializer(stream: Any, **options: Any) -> Iterator[Any]:  # noqa: N802 - the name that Django asks for
    """Objects to save: of our format where the file is a mapping, else as Django reads them."""
    text = stream if isinstance(stream, str | bytes) else stream.read()
    data = text if isinstance(text, bytes) else text.encode()
    if not OURS.search(data):
        yield from DjangosOwn(text, **options)
        return
    try:
        calendars, schedules = entries_of(read(data))
    except Refused as error:
        raise DeserializationError(f"line {error.line}: {error}") from error
    for model, entries in ((Calendar, calendars), (PeriodicTask, schedules)):
        for entry in entries:
            yield Brought(entry, model)
