"""What some of the jobs of a past wrote to the log: those that failed, and one in eight of the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
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
        yield _chunk(life, attempt, attempt["number"], attempt["error"])
    row = life.row
    if row["state"] == State.SUCCEEDED and row["started_at"] is not None:
        yield _chunk(life, row, row["runs"])


def _chunk(life: Life, row: dict[str, Any], run: int, error: str = "") -> dict[str, Any]:
    """Of one run, whose worker and whose moments the row has."""
    lines = list(_lines(life, row, error))
    return {
        "job_id": life.id,
        "run": run,
        "at": row["ended_at"],
        "lines": encoded(lines),
        "count": len(lines),
        "size": sum(len(line.text.encode()) for line in lines),
    }


def _lines(life: Life, row: dict[str, Any], error: str) -> Iterator[Line]:
    began, ended = row["started_at"].timestamp(), row["ended_at"].timestamp()
    if life.row["name"] == REPORT:
        steps = ("report.collecting", "report.typesetting", "report.storing")
        for at, code in enumerate(steps, 1):
            moment = began + (ended - began) * at / 5
            yield Line(moment, logging.INFO, PROGRESS, code, {}, at * 25)
    else:
        yield Line(began, logging.INFO, LETTER, f"Begun on {row['worker']}")
        yield Line((began + ended) / 2, logging.INFO, LETTER, "All values are there")
    if error:
        yield Line(ended, logging.WARNING, "tasks_app.worker", error)
