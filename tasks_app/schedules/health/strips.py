"""The last slots of the schedules of a page, by one statement over one index, however long their past."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from tasks_app.models import Slot

SHOWN = 30
# The moment of the oldest that is shown is found first: what follows it is a span of the index.
FROM_IDS = {
    "postgresql": "SELECT value::int AS id FROM jsonb_array_elements_text(%s::jsonb)",
    "sqlite": "SELECT value AS id FROM json_each(%s)",
}
STATEMENT = """
    WITH page AS MATERIALIZED (
        SELECT given.id, (
            SELECT moment FROM tasks_app_slot WHERE schedule_id = given.id
            ORDER BY moment DESC LIMIT 1 OFFSET {last}
        ) AS since FROM ({ids}) given
    )
    SELECT s.schedule_id, s.id, s.moment, s.due, s.state, s.job_id, s.reason, s.cause, s.cause_params
    FROM page JOIN tasks_app_slot s ON s.schedule_id = page.id AND s.moment >= page.since
    WHERE page.since IS NOT NULL
    UNION ALL
    SELECT s.schedule_id, s.id, s.moment, s.due, s.state, s.job_id, s.reason, s.cause, s.cause_params
    FROM page JOIN tasks_app_slot s ON s.schedule_id = page.id
    WHERE page.since IS NULL
    ORDER BY 1, 3 DESC
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot as a strip has it; `reason` is read only where somebody asks."""

    slot: int
    moment: datetime
    due: datetime | None
    state: str
    job_id: str
    cause: str | None
    _params: Any
    _reason: str

    @property
    def why(self) -> str:
        params = json.loads(self._params) if isinstance(self._params, str) else self._params
        return Slot(reason=self._reason, cause=self.cause, cause_params=params).reason_text


def strips(schedule_ids: Collection[int], shown: int = SHOWN) -> Mapping[int, list[Cell]]:
    """By schedule, its last slots, the newest first; those without one are left out."""
    found: dict[int, list[Cell]] = defaultdict(list)
    if not schedule_ids:
        return found
    sql = STATEMENT.format(last=shown - 1, ids=FROM_IDS[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(list(schedule_ids))])
        for schedule, slot, moment, due, state, job, reason, cause, params in cursor.fetchall():
            cell = Cell(slot, _aware(moment), _aware(due), state, job, cause, params, reason)
            found[schedule].append(cell)
    return found


def _aware(value: Any) -> Any:
    """SQLite's are of no zone, and in UTC; of a union it answers with their text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
