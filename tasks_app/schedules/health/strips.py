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
COLUMNS = "s.schedule_id, s.id, s.moment, s.due, s.state, s.job_id, s.reason, s.cause, s.cause_params"
# Schedule by schedule, so many steps along the index of its moments. SQLite has no LATERAL: there the moment
# of the oldest that is shown is found first, and CROSS JOIN keeps the order.
STATEMENTS = {
    "postgresql": """
        SELECT {columns} FROM jsonb_array_elements_text(%s::jsonb) given CROSS JOIN LATERAL (
            SELECT * FROM tasks_app_slot WHERE schedule_id = given.value::int
            ORDER BY moment DESC LIMIT {shown}
        ) s
        ORDER BY s.schedule_id, s.moment DESC
    """,
    "sqlite": """
        WITH page AS MATERIALIZED (
            SELECT value AS id, COALESCE((
                SELECT moment FROM tasks_app_slot WHERE schedule_id = value
                ORDER BY moment DESC LIMIT 1 OFFSET {shown} - 1
            ), '') AS since FROM json_each(%s)
        )
        SELECT {columns} FROM page
        CROSS JOIN tasks_app_slot s ON s.schedule_id = page.id AND s.moment >= page.since
        ORDER BY s.schedule_id, s.moment DESC
    """,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot as a strip has it; `reason` is read only where somebody asks."""

    slot: int
    moment: datetime
    due: datetime | None
    state: str
    job_id: str
    cause: str | None
    stored_params: Any
    stored_reason: str

    @property
    def why(self) -> str:
        if not self.stored_reason:
            return ""
        params = json.loads(self.stored_params) if isinstance(self.stored_params, str) else self.stored_params
        return Slot(reason=self.stored_reason, cause=self.cause, cause_params=params).reason_text


def strips(schedule_ids: Collection[int], shown: int = SHOWN) -> Mapping[int, list[Cell]]:
    """By schedule, its last slots, the newest first; those without one are left out."""
    found: dict[int, list[Cell]] = defaultdict(list)
    if not schedule_ids:
        return found
    sql = STATEMENTS[connection.vendor].format(columns=COLUMNS, shown=shown)
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(list(schedule_ids))])
        for schedule, slot, moment, due, state, job, reason, cause, params in cursor.fetchall():
            cell = Cell(slot, _aware(moment), _aware(due), state, job, cause, params, reason)
            found[schedule].append(cell)
    return found


def _aware(value: Any) -> Any:
    """SQLite's are of no zone, and in UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
