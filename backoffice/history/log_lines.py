"""What some of the jobs of a past wrote to the log: those that failed, and one in eight of the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backoffice.history.life import Life
from tasks_app.logs.lines import PROGRESS, Line, encoded
from tasks_app.models import State

REPORT = "tasks_app.tasks.rapport_pdf"
LETTER = "backoffice.emails.compose"


def chunks_of(life: Life) -> Iterator[dict[str, Any]]:
    """Rows of LogChunk: one for each run that did not succeed, and one for its last."""
    if not life.attempts and int(life.id[:2], 16) % 8:
        return
    for attempt in life.attempts:
        yield _chunk(life, attempt["number"], attempt["started_at"], attempt["ended_at"], attempt["error"])
    row = life.row
    if row["state"] == State.SUCCEEDED and row["started_at"] is not None:
        yield _chunk(life, row["runs"], row["started_at"], row["ended_at"], "")


def _chunk(life: Life, run: int, began: datetime, ended: datetime, error: str) -> dict[str, Any]:
    lines = list(_lines(life, began.timestamp(), ended.timestamp(), error))
    return {
        "job_id": life.id,
        "run": run,
        "at": ended,
        "lines": encoded(lines),
        "count": len(lines),
        "size": sum(len(line.text.encode()) for line in lines),
    }


def _lines(life: Life, began: float, ended: float, error: str) -> Iterator[Line]:
    if life.row["name"] == REPORT:
        steps = ("report.collecting", "report.typesetting", "report.storing")
        for at, code in enumerate(steps, 1):
            moment = began + (ended - began) * at / 5
            yield Line(moment, logging.INFO, PROGRESS, code, {}, at * 25)
    else:
        yield Line(began, logging.INFO, LETTER, f"Begun on {life.row['worker']}")
        yield Line((began + ended) / 2, logging.INFO, LETTER, "All values are there")
    if error:
        yield Line(ended, logging.WARNING, "tasks_app.worker", error)
