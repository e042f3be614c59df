"""The schedules that come with the product: put into the database once, then they are people's.

A name that was seeded before is left alone for ever, so that nothing a person edits, renames or deletes
is undone by restarting anything.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import current_app, schedules
from django.conf import settings
from django.db import transaction
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.models import SeededSchedule
from tasks_app.schedules.owners import give_to_the_system

logger = logging.getLogger(__name__)

FILE = Path(settings.BASE_DIR) / "fixtures" / "schedules.json"


def seed() -> list[str]:
    """Create the schedules of CELERY_BEAT_SCHEDULE and fixtures/schedules.json that were never seeded.

    Returns the names created. A name that a person has used already is theirs: it is only noted.
    """
    entries = dict(current_app.conf.beat_schedule) | from_file(FILE)
    known = set(SeededSchedule.objects.filter(name__in=entries).values_list("name", flat=True))
    return [name for name, entry in entries.items() if name not in known and _seeded(name, entry)]


def from_file(path: Path) -> dict[str, dict[str, Any]]:
    """Entries by name, as in CELERY_BEAT_SCHEDULE but JSON.

    `schedule` is `{"crontab": "m h day month weekday"}` or `{"every": seconds}`, `enabled` and `description`
    are the row's own.
    """
    entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {name: entry | {"schedule": _schedule(entry["schedule"])} for name, entry in entries.items()}


def _schedule(spec: dict[str, Any]) -> schedules.BaseSchedule:
    if "crontab" in spec:
        return schedules.crontab.from_string(spec["crontab"])
    return schedules.schedule(timedelta(seconds=spec["every"]))


def _seeded(name: str, entry: dict[str, Any]) -> bool:
    """As `_seed_one`; an entry of the settings that makes no schedule holds up no other, nor the clock."""
    try:
        return _seed_one(name, entry)
    except Exception as error:
        if not is_of_one_row(error):
            raise
        logger.exception("The entry “%s” of CELERY_BEAT_SCHEDULE makes no schedule: correct it.", name)
        return False


def _seed_one(name: str, entry: dict[str, Any]) -> bool:
    """Whether the row was created; two clocks that start at once create one."""
    with transaction.atomic():
        _, first = SeededSchedule.objects.get_or_create(name=name)
        if not first or PeriodicTask.objects.filter(name=name).exists():
            return False
        fields = ModelEntry._unpack_fields(**entry)
        give_to_the_system(PeriodicTask.objects.create(name=name, **fields))
        return True
