"""Time zones by what people call them."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from tasks_app.schedules.phrases.vocabulary import plain


@cache
def zones() -> dict[str, str]:
    """By their whole names, in small letters."""
    named = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return {plain(zone): zone for zone in named}


@cache
def places() -> dict[str, str]:
    """By their places: "new york"."""
    return {name.rpartition("/")[2].replace("_", " "): zone for name, zone in sorted(zones().items())}
