"""What came of the runs of some hours, by queue, kind and cell: counted by the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from tasks_app.schedules.timeline.cells import Cells
from tasks_app.schedules.timeline.coming import Lane
from tasks_app.schedules.timeline.loads import queue_of

# After a downtime a run is decided later than it was due.
DECIDED_WITHIN = timedelta(days=1)
# To the quarter of an hour: zones differ by such.
QUARTER = {
    "postgresql": "floor(date_part('epoch', coalesce(s.due, s.moment)) / 900)::bigint",
    "sqlite": "CAST(strftime('%%s', coalesce(s.due, s.moment)) AS INTEGER) / 900",
}
STATEMENT = """
    SELECT p.task, p.queue, s.state, {quarter} AS quarter, count(*)
    FROM tasks_app_slot s JOIN django_celery_beat_periodictask p ON p.id = s.schedule_id
    WHERE s.decided_at >= %s AND s.decided_at < %s
    GROUP BY 1, 2, 3, 4
"""


def outcomes(cells: Cells, now: datetime) -> Mapping[Lane, list[Counter[str]]]:
    """By lane, of each cell how many slots came out how."""
    found: dict[Lane, list[Counter[str]]] = defaultdict(lambda: [Counter() for _ in range(cells.count)])
    begin, end = cells.span
    if begin >= now:
        return found
    first, last = cells.begin // 900, (cells.end - 1) // 900
    with connection.cursor() as cursor:
        sql = STATEMENT.format(quarter=QUARTER[connection.vendor])
        cursor.execute(sql, [_param(begin), _param(end + DECIDED_WITHIN)])
        for task, queue, state, quarter, count in cursor.fetchall():
            if first <= quarter <= last:
                lane = Lane(queue_of(task, queue), task)
                found[lane][cells.of(int(quarter) * 900)][state] += count
    return found


def _param(moment: datetime) -> Any:
    """As the database keeps it."""
    return connection.ops.adapt_datetimefield_value(moment.astimezone(UTC))
