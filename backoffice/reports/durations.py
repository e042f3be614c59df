"""Median and 95th percentile by SQL, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber


@dataclass(frozen=True)
class Durations:
    median: timedelta
    high: timedelta  # 95 of 100 took no longer


def durations_by(rows: QuerySet[Any], *group: str, start: str, end: str) -> dict[Hashable, Durations]:
    """Durations from field `start` to field `end` by the values of `group` ("" without one).

    Nearest rank: of n durations in order, the one at place ceil(n × share). The key is the group's value,
    or the tuple of them. Two rows a group leave the database, whatever the number of rows in it.
    """
    parts = [F(name) for name in group] or None
    found = (
        rows.filter(**{f"{start}__isnull": False, f"{end}__isnull": False})
        .annotate(took=ExpressionWrapper(F(end) - F(start), output_field=DurationField()))
        .annotate(
            place=Window(RowNumber(), partition_by=parts, order_by=["took", "pk"]),
            among=Window(Count("pk"), partition_by=parts),
        )
        # Whole division in both databases: (n × 95 + 99) / 100 is ceil(n × 0.95).
        .filter(Q(place=(F("among") * 50 + 99) / 100) | Q(place=(F("among") * 95 + 99) / 100))
        .order_by("place")
        .values_list(*group, "took")
    )
    collected: dict[Hashable, list[timedelta]] = {}
    for *keys, took in found:
        key = keys[0] if len(keys) == 1 else tuple(keys) if keys else ""
        collected.setdefault(key, []).append(took)
    return {key: Durations(took[0], took[-1]) for key, took in collected.items()}
