"""What waits with the broker, by queue: asked once for all queues, of a bounded number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

_WITH_THE_BROKER = "state = 'waiting' AND published_at IS NOT NULL"
_FIRST = f"""(
    SELECT {{what}} FROM (
        SELECT available_at, published_at FROM tasks_app_job
        WHERE {_WITH_THE_BROKER} AND queue = found.name ORDER BY published_at LIMIT %(most)s
    ) few
)"""  # noqa: S608 - names of our own
_PUBLISHED = f"""
WITH RECURSIVE found(name) AS (
    SELECT (SELECT queue FROM tasks_app_job WHERE {_WITH_THE_BROKER} AND queue > '' ORDER BY queue LIMIT 1)
    UNION ALL
    SELECT (
        SELECT queue FROM tasks_app_job WHERE {_WITH_THE_BROKER} AND queue > found.name ORDER BY queue LIMIT 1
    )
    FROM found WHERE found.name IS NOT NULL
)
SELECT name, {_FIRST.format(what="COUNT(*)")}, {_FIRST.format(what="MIN(available_at)")},
    {_FIRST.format(what="MIN(published_at)")}
FROM found WHERE name IS NOT NULL LIMIT %(queues)s
"""  # noqa: S608


@dataclass(frozen=True)
class Published:
    """What waits with the broker in one queue, of the first that were published."""

    count: int = 0
    due: datetime | None = None  # the first moment
    at: datetime | None = None  # when the first of them was published


def published(most: int, queues: int) -> dict[str, Published]:
    """By queue, of `most` jobs in each, in one statement of a look into an index for each name.

    A broker that was emptied has them all published anew, the longest due first: so the first that was due is
    among the first of these too, which an index finds.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED, {"most": most, "queues": queues})
        rows = cursor.fetchall()
    return {name: Published(count, _moment(due), _moment(at)) for name, count, due, at in rows}


def _moment(value: Any) -> datetime | None:
    """SQLite keeps moments as text, in the database's zone."""
    found: datetime | None = parse_datetime(value) if isinstance(value, str) else value
    return make_aware(found, connection.timezone) if found is not None and is_naive(found) else found
