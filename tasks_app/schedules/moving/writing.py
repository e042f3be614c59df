"""Schedules as a file, with the calendars that they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml
from django_celery_beat.models import PeriodicTask

from tasks_app.models import Calendar
from tasks_app.schedules.moving.entries import entry_of_calendar, entry_of_definition
from tasks_app.schedules.versions.definition import OWN_ROWS, definition_now

HEAD = (
    "# Schedules: `manage.py import_schedules FILE`, the page of schedules, or `manage.py loaddata FILE`.\n"
)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def written(schedules: Iterable[PeriodicTask]) -> str:
    """YAML of schedules whose rows are loaded (`with_rhythms`, options)."""
    entries, names = [], set()
    for schedule in schedules:
        definition = definition_now(schedule, getattr(schedule, "options", None))
        entries.append(entry_of_definition(definition))
        names |= {row["calendar"] for name in OWN_ROWS if (row := definition[name]) and row.get("calendar")}
    calendars = [entry_of_calendar(one) for one in Calendar.objects.filter(name__in=names)]
    found = {"calendars": calendars} if calendars else {}
    text = yaml.dump(
        {**found, "schedules": entries}, Dumper=DUMPER, sort_keys=False, allow_unicode=True, width=100
    )
    return HEAD + str(text)
