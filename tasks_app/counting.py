"""Counts of rows that may be very many: read up to a bound, and said as "99+" beyond it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format


def count_up_to(bound: int, rows: QuerySet[Any]) -> int:
    """How many rows there are; `bound + 1` where there are more than `bound`, however many."""
    return rows.order_by()[: bound + 1].count()


def capped(count: int, bound: int) -> str:
    """As people read it: `12`, or `1,000+` beyond a bound of 1,000."""
    return number_format(min(count, bound), force_grouping=True) + ("+" if count > bound else "")
