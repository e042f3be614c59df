"""Whether anything that decides when schedules run changed since the clock looked last.

django-celery-beat notes the time of every change to its tables in one row. Our own rows (rules, calendars,
policies) each have the time of their change; calendars are known by their length besides, so that one that
was removed or came by a fixture with an old time is seen too. Pauses and quiet periods change no next time:
they are asked as a run is due. What they hold back is looked at anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django_celery_beat.models import PeriodicTasks

from tasks_app.models import Calendar, SchedulePolicy, ScheduleRule, SeenChange

# Asked each second: as text it costs a third of what the ORM takes to put it together. MAX of one row keeps
# SQLite from making a datetime of one moment and a text of the other.
SEEN_AND_NOW = """
    SELECT MAX(at), MAX(ours),
        (SELECT MAX(last_update) FROM django_celery_beat_periodictasks),
        (SELECT MAX(changed_at) FROM tasks_app_schedulerule),
        (SELECT MAX(changed_at) FROM tasks_app_calendar),
        (SELECT SUM(LENGTH(days_off) + LENGTH(days_on) + 1) FROM tasks_app_calendar),
        (SELECT MAX(changed_at) FROM tasks_app_schedulepolicy),
        (SELECT MAX(changed_at) FROM tasks_app_schedulepause),
        (SELECT MAX(changed_at) FROM tasks_app_quietperiod),
        (SELECT COUNT(*) FROM tasks_app_quietperiod)
    FROM tasks_app_seenchange WHERE id = 1
"""
# Of our columns: those that are in the digest of a definition come first.
DEFINING = 4


@dataclass(frozen=True)
class Change:
    """What changed last, and up to where the clock has seen it."""

    seen_at: datetime | None  # of beat's tables
    edited_at: datetime | None  # when the last change was made that was not seen; None where nobody knows
    at: datetime | None
    ours: str
    of_definitions: bool = True  # else of pauses and quiet periods alone

    def note(self) -> None:
        """Every schedule is worked out for it."""
        SeenChange.objects.update_or_create(pk=1, defaults={"at": self.at, "ours": self.ours})


def unseen_change(*, starting: bool = False) -> Change | None:
    """None where nothing changed since the last look; never so at the first of a process."""
    seen_raw, seen_ours, now_raw, *own = _row()
    ours, defining = " ".join(map(str, own)), " ".join(map(str, own[:DEFINING]))
    if (seen_raw, seen_ours) == (now_raw, ours) and not starting:
        return None
    at = PeriodicTasks.last_change()
    seen_at = SeenChange.objects.filter(pk=1).values_list("at", flat=True).first()
    made = [at] if at and (seen_at is None or at > seen_at) else []
    made += _moments() if ours != seen_ours else []
    of_definitions = starting or seen_raw != now_raw or not (seen_ours or "").startswith(f"{defining} ")
    return Change(seen_at, max(made, default=None), at, ours, of_definitions)


def _row() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(SEEN_AND_NOW)
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def _moments() -> list[datetime]:
    models = (ScheduleRule, Calendar, SchedulePolicy)
    last = [model.objects.aggregate(last=Max("changed_at"))["last"] for model in models]
    return [moment for moment in last if moment]
