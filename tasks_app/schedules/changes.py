"""Whether anything that decides when schedules run changed since the clock looked last.

django-celery-beat notes the time of every change to its tables in one row. Our own rows, rules and calendars,
each have the time of their change; calendars are known by their length besides, so that one that was removed
or came by a fixture with an old time is seen too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import F, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Length
from django_celery_beat.models import PeriodicTasks

from tasks_app.models import Calendar, ScheduleRule, SeenChange


@dataclass(frozen=True)
class Change:
    """What changed last, and up to where the clock has seen it."""

    at: datetime | None  # of beat's tables
    ours_at: datetime | None
    ours: str
    seen_at: datetime | None
    seen_ours: str  # "": it has never looked

    @property
    def seen(self) -> bool:
        return (self.at, self.ours) == (self.seen_at, self.seen_ours)

    @property
    def edited_at(self) -> datetime | None:
        """When the last change was made that was not seen yet; None where that is not known."""
        beats = self.at if self.at and (self.seen_at is None or self.at > self.seen_at) else None
        own = self.ours_at if self.ours != self.seen_ours else None
        return max((moment for moment in (beats, own) if moment), default=None)

    def note(self) -> None:
        """Every schedule is worked out for it."""
        SeenChange.objects.update_or_create(pk=1, defaults={"at": self.at, "ours": self.ours})


def latest_change() -> Change:
    """In one statement, once the clock has looked before."""
    row = _row()
    if row is None:
        SeenChange.objects.get_or_create(pk=1)
        row = _row() or {}
    moments = [moment for moment in (row["rules_at"], row["calendars_at"]) if moment]
    ours = f"{row['rules_at']} {row['calendars_at']} {row['weight']}"
    return Change(row["beats_at"], max(moments, default=None), ours, row["at"], row["ours"])


def _row() -> dict[str, Any] | None:
    found: Any = SeenChange.objects.filter(pk=1).values("at", "ours", **_NOW).first()
    return cast("dict[str, Any] | None", found)


def _last(rows: QuerySet[Any], column: str) -> Subquery:
    return Subquery(rows.order_by(F(column).desc()).values(column)[:1])


_WEIGHT = Length("days_off") + Length("days_on") + 1
_NOW: dict[str, Any] = {
    "beats_at": _last(PeriodicTasks.objects.all(), "last_update"),
    "rules_at": _last(ScheduleRule.objects.all(), "changed_at"),
    "calendars_at": _last(Calendar.objects.all(), "changed_at"),
    "weight": Subquery(
        Calendar.objects.order_by().values(all=Value(1)).annotate(weight=Sum(_WEIGHT)).values("weight")
    ),
}
