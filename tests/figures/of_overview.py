"""The Overview, counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from tests.figures.by_hand import Row, Rows
from tests.figures.of_activity import of_which_repaired
from tests.figures.past import DAY
from tests.figures.reading import ANYTHING, Figures_

# What stands in their columns are names, words and moments; how many rows they have is a figure.
OF_WORDS = {
    "Services",
    "What is kept, and how long",
    "Workers, clocks and web",
    "Schedules, by their next run",
}


def overview(rows: Rows) -> Figures_:
    since, unplanned = rows.now - DAY, len(switched_on(rows)) - len(rows.with_next_run)
    ended = sum(rows.ended(state, since) for state in ("succeeded", "failed", "cancelled"))
    lately = [job for job in rows.in_state("failed") if job["ended_at"] >= since]
    waiting = rows.in_state("waiting")
    later = [job for job in waiting if not rows.is_due(job)]
    shown = {
        "Workers": (len(rows.workers), [30]),  # seen in the last 30 s
        "Jobs waiting": (len(waiting), [len(later)] if later else []),
        "Jobs running": (len(rows.in_state("running")), []),
        "Failed in 24 hours": (rows.ended("failed", since), [ended, *of_which_repaired(lately)]),
        "Schedules": (len(switched_on(rows)), [unplanned] if unplanned else []),
    }
    queues = queues_by_hand(rows)
    assert sum(queue["Waiting"] for queue in queues.values()) == len(waiting)
    return {
        **{("figures", label): value for label, (value, _note) in shown.items()},
        **{("figures", label, "note"): note for label, (_value, note) in shown.items()},
        **{("Queues", name, column): value for name, row in queues.items() for column, value in row.items()},
        **table("Queues", len(queues), []),
        **table("Services", 5, ANYTHING),
        **table("What is kept, and how long", len(settings.RETENTION_DAYS), []),
        **table("Workers, clocks and web", *first_three(crews(rows))),
        **table("Schedules, by their next run", *first_three(rows.with_next_run)),
    }


def switched_on(rows: Rows) -> list[Row]:
    return [one for one in rows.schedules if one["enabled"]]


def crews(rows: Rows) -> list[tuple[str, ...]]:
    """Members of one kind that read the same queues stand in one line."""
    return list({(one["kind"], *sorted(one["details"].get("queues", []))) for one in rows.alive})


def first_three(found: Sequence[Any]) -> tuple[int, list[int]]:
    return min(len(found), 3), [len(found) - 3] if len(found) > 3 else []


def table(title: str, rows: int, note: Any) -> Figures_:
    return {(title, "rows"): rows, (title, "note"): note}


def queues_by_hand(rows: Rows) -> dict[str, dict[str, Any]]:
    said: dict[str, dict[str, Any]] = {}
    for name in rows.queue_names:
        waiting = [job for job in rows.in_state("waiting") if job["queue"] == name]
        said[name] = {
            "State": "Paused" if name in rows.paused else "Open",
            "Waiting": len(waiting),
            "Not due yet": sum(not rows.is_due(job) for job in waiting),
            "Running": sum(job["queue"] == name for job in rows.in_state("running")),
            "In the broker": None,  # there is none
            "Workers": len(rows.workers_of(name)) or "Nobody",
        }
    return said
