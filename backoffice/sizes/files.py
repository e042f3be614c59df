"""How many files there are of each sort, and their bytes: looked at one by one, up to a bound."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.conf import settings

from backoffice import storage
from backoffice.models import Size
from backoffice.sizes.tables import Measured

OUTBOX = "outbox"
PLACES = (storage.REPORTS, storage.ATTACHMENTS, storage.LISTS, OUTBOX)
SECONDS = 20.0  # for one place; a million files of a folder take some five


def measured(place: str) -> Measured:
    """What lies in one of PLACES; raises OSError where it cannot be looked at."""
    found = storage.sizes_in(settings.OUTBOX_DIR) if place == OUTBOX else storage.sizes_under(place)
    return added_up(place, found)


def added_up(place: str, sizes: Iterable[int]) -> Measured:
    deadline = time.monotonic() + SECONDS
    count = total = 0
    for size in sizes:
        count, total = count + 1, total + size
        if time.monotonic() > deadline:
            return Measured(Size.Kind.FILES, place, count, total, Size.Certainty.AT_LEAST)
    return Measured(Size.Kind.FILES, place, count, total)
