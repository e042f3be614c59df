"""A list of rows that a search found, in parts that follow each other: a page reads the first that fill it.

Each part is asked for by the few keys that are in it. A search may find ten thousand, and a page shows fifty.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from copy import copy
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.sql.where import AND

from tasks_app.db.among import AmongDated, Dated

FIRST = 100  # keys of the first part; each has so many times as many as the one before:
GROWTH = 8


def windows(
    rows: QuerySet[Any], moment: str, *, descending: bool, since: datetime | None
) -> Iterator[QuerySet[Any]]:
    """These rows in the order of that column, from a moment on where one is given; they are one part where no
    search found them."""
    place, condition = _found(rows, moment)
    if condition is None:
        yield rows
        return
    size, before = FIRST, None
    if condition.found.are_more and descending and since is None:
        # Of the last moment there may be others than these.
        known = [one for one in condition.found.first if one[0] > condition.found.first[-1][0]]
        if known:
            before = known[-1][0]
            yield _between(_with_keys(rows, place, known), moment, None, before, descending=True)
    dated = _from(condition.found.all(), since, descending=descending)
    dated = [one for one in dated if before is None or one[0] < before]
    while len(dated) > size:
        edge = dated[size - 1][0]
        # All of one moment are in one part.
        end = next((at for at in range(size, len(dated)) if dated[at][0] != edge), len(dated))
        yield _between(_with_keys(rows, place, dated[:end]), moment, before, edge, descending=descending)
        dated, before, size = dated[end:], edge, size * GROWTH
    yield _between(_with_keys(rows, place, dated), moment, before, None, descending=descending)


def total_found(rows: QuerySet[Any]) -> int | None:
    """How many there are of rows that a search alone narrows, where it told: they were read just now."""
    _place, condition = _found(rows)
    return condition.found.total if condition and len(rows.query.where.children) == 1 else None


def _found(rows: QuerySet[Any], moment: str = "") -> tuple[int, Any]:
    """The condition that says what a search found, and its place; Django compares it with True."""
    where = rows.query.where
    if where.connector == AND and not where.negated:
        for place, one in enumerate(where.children):
            found = getattr(one, "lhs", None)
            if isinstance(found, AmongDated) and moment in ("", found.moment):
                return place, found
    return -1, None


def _from(dated: Dated, since: datetime | None, *, descending: bool) -> Dated:
    if since is None:
        return dated if descending else dated[::-1]
    ascending = dated[::-1]
    if descending:
        return ascending[: bisect_right(ascending, since, key=_moment)][::-1]
    return ascending[bisect_left(ascending, since, key=_moment) :]


def _moment(one: tuple[datetime, str]) -> datetime:
    return one[0]


def _with_keys(rows: QuerySet[Any], place: int, dated: Dated) -> QuerySet[Any]:
    rows = rows.all()
    condition: Any = copy(rows.query.where.children[place])
    condition.lhs = condition.lhs.only(dated)
    rows.query.where.children[place] = condition
    return rows


def _between(
    rows: QuerySet[Any], moment: str, before: datetime | None, edge: datetime | None, *, descending: bool
) -> QuerySet[Any]:
    """Keys without a moment are in each part: so only those rows that stand there."""
    if before is not None:
        rows = rows.filter(**{f"{moment}__{'lt' if descending else 'gt'}": before})
    if edge is not None:
        rows = rows.filter(**{f"{moment}__{'gte' if descending else 'lte'}": edge})
    return rows
