"""The measure that the hourly cleanup takes: the last one of each day stays, to tell growth by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from django.db import DatabaseError, connection
from django.utils import timezone

from backoffice.models import Size
from backoffice.sizes import files, tables
from backoffice.sizes.tables import Measured

log = logging.getLogger(__name__)

# A large SQLite file is read from end to end, which is for once a day.
WALKED_EACH_HOUR = 512 * 1024 * 1024  # bytes


def keep_sizes(now: datetime) -> dict[str, str]:
    """Measure all there is, and keep it as this day's; what could not be measured, with the reason."""
    missing: dict[str, str] = {}
    for name, measure in _measures(now):
        try:
            found = measure()
        except (OSError, DatabaseError) as error:
            log.warning("could not measure %s: %s", name, error)
            missing[name] = str(error)
        else:
            _keep(found, now)
    return missing


def _measures(now: datetime) -> Iterator[tuple[str, Callable[[], list[Measured]]]]:
    if _due(now):
        yield "tables", tables.measured
    for place in files.PLACES:
        yield place, partial(_place, place)


def _place(place: str) -> list[Measured]:
    return [files.measured(place)]


def _due(now: datetime) -> bool:
    if connection.vendor == "postgresql" or tables.whole() <= WALKED_EACH_HOUR:
        return True
    return not Size.objects.filter(day=timezone.localdate(now), kind=Size.Kind.DATABASE).exists()


def _keep(found: list[Measured], now: datetime) -> None:
    Size.objects.bulk_create(
        [
            Size(
                kind=one.kind,
                name=one.name,
                day=timezone.localdate(now),
                measured_at=now,
                count=one.count,
                bytes=one.bytes,
                certainty=one.certainty,
            )
            for one in found
        ],
        update_conflicts=True,
        unique_fields=["day", "kind", "name"],
        update_fields=["measured_at", "count", "bytes", "certainty"],
    )
