"""The time zone of a name, where this host knows it."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tasks_app.schedules import causes
from tasks_app.schedules.rhythm.fields import InvalidRhythm


def known_zone(name: str) -> ZoneInfo:
    """Raises InvalidRhythm."""
    try:
        return ZoneInfo(name)
    # A name may lead to no file of zones at all.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRhythm(causes.NO_SUCH_ZONE(zone=name, field="zone")) from error
