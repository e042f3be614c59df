"""Reading many rows a page at a time, by their key: nothing stands open between two pages.

Never by `.iterator()`: on PostgreSQL it is a cursor on the server, and one that an exception leaves behind
is closed by the garbage collector, which may run inside another query of the same connection and then waits
for a lock that its own thread holds, for ever. tests/house holds that nobody calls it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet

PAGE = 1_000  # rows in memory at once


def in_pages[R](
    rows: QuerySet[Any, R], *, by: Sequence[str] = ("pk",), size: int = PAGE
) -> Iterator[list[R]]:
    """The rows in the order of these columns, which together are unique and never NULL.

    They are attributes of what the queryset gives: of models, or of `values_list(…, named=True)`.
    """
    ordered = rows.order_by(*by)
    page = list(ordered[:size])
    while page:
        yield page
        if len(page) < size:
            return
        page = list(ordered.filter(_beyond(by, page[-1]))[:size])


def ids_in_pages(rows: QuerySet[Any, Any], size: int = PAGE) -> Iterator[list[Any]]:
    """The primary keys alone: a row that cannot be read has one too."""
    ids = rows.order_by("pk").values_list("pk", flat=True)
    page = list(ids[:size])
    while page:
        yield page
        page = list(ids.filter(pk__gt=page[-1])[:size]) if len(page) == size else []


def _beyond(by: Sequence[str], last: Model | Any) -> Q:
    """What comes after a row; its first column once more by itself, for an index to begin at."""
    reached = {name: getattr(last, name) for name in by}
    beyond = Q()
    for at, name in enumerate(by):
        beyond |= Q(**{same: reached[same] for same in by[:at]}, **{f"{name}__gt": reached[name]})
    return beyond & Q(**{f"{by[0]}__gte": reached[by[0]]})
