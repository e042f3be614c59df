"""Spans of time as people type them in a search: 90s, 5m, 1.5h, 7d, 2w."""

from __future__ import annotations

import re
from datetime import timedelta

# English and French: minutes are "m" or "min", days "d" or "j" (jours).
UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "j": timedelta(days=1),
    "w": timedelta(weeks=1),
}
LONGEST = timedelta(days=3_650)
_SPAN = re.compile(r"(\d{1,9}(?:[.,]\d{1,3})?)([a-z]+)", re.ASCII | re.IGNORECASE)


def span_of(text: str) -> timedelta | None:
    """None for what is no span, or a longer one than anybody keeps jobs."""
    found = _SPAN.fullmatch(text)
    unit = UNITS.get(found[2].lower()) if found else None
    if found is None or unit is None:
        return None
    amount = float(found[1].replace(",", "."))
    return amount * unit if amount * unit.total_seconds() <= LONGEST.total_seconds() else None
