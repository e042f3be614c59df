"""The kinds of rhythm that the form offers, and which of its fields belong to each."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

CRONTAB_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


class RhythmKind(models.TextChoices):
    WORKING = "working", _("Every working day")
    DAILY = "daily", _("Every day at a time")
    WEEKLY = "weekly", _("On days of the week")
    MONTHLY = "monthly", _("On a day of the month")
    NTH = "nth", _("On the first, second … or last of the month")
    BETWEEN = "between", _("Every so many minutes between two times")
    EVERY = "every", _("Every so often")
    SUN = "sun", _("At sunrise, sunset or noon")
    ONCE = "once", _("Once")
    CRONTAB = "crontab", _("Advanced (crontab)")
    KEEP = "keep", _("Leave the rhythm as it is")


# Which fields each kind of rhythm asks for.
ASKS: dict[str, tuple[str, ...]] = {
    RhythmKind.WORKING: ("time", "zone"),
    RhythmKind.DAILY: ("time", "zone"),
    RhythmKind.WEEKLY: ("weekdays", "time", "zone"),
    RhythmKind.MONTHLY: ("day", "time", "zone"),
    RhythmKind.NTH: ("position", "counted", "time", "zone"),
    RhythmKind.BETWEEN: ("step", "from_time", "until_time", "zone"),
    RhythmKind.EVERY: ("number", "unit"),
    RhythmKind.SUN: ("event", "latitude", "longitude", "zone"),
    RhythmKind.ONCE: ("moment",),
    RhythmKind.CRONTAB: (*CRONTAB_FIELDS, "zone"),
    RhythmKind.KEEP: (),
}
_DAYS_OFF = ("calendar", "on_day_off")
# Which it takes besides; they may stay empty.
TAKES: dict[str, tuple[str, ...]] = {
    RhythmKind.WORKING: ("months", "calendar"),
    RhythmKind.DAILY: ("months", *_DAYS_OFF),
    RhythmKind.WEEKLY: ("months", *_DAYS_OFF),
    RhythmKind.MONTHLY: ("months", *_DAYS_OFF),
    RhythmKind.NTH: ("months", *_DAYS_OFF),
    RhythmKind.BETWEEN: ("weekdays", "months", *_DAYS_OFF),
    RhythmKind.EVERY: _DAYS_OFF,
    RhythmKind.SUN: _DAYS_OFF,
    RhythmKind.ONCE: _DAYS_OFF,
    RhythmKind.CRONTAB: _DAYS_OFF,
    RhythmKind.KEEP: (),
}


def fields_of(kind: str) -> tuple[str, ...]:
    return (*ASKS[kind], *TAKES[kind])
