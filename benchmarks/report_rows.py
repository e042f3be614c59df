"""Rows of eight columns, as an office's reports have them: numbers, moments, addresses, states, amounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

HEADS = ("Number", "Written", "To", "Subject", "State", "Amount", "Share", "Took")
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
STATES = ("Delivered", "Bounced", "Suppressed", "Failed")
SUBJECTS = ("Welcome aboard", "Your invoice of the month", "Réinitialisation", "A reminder, the second")


def rows(number: int) -> Iterator[tuple[Any, ...]]:
    """Each with an address, a moment and an amount of its own."""
    for n in range(number):
        yield (
            n + 1,
            START + timedelta(minutes=7 * n),
            f"reader{n}.{(n * 7919) % 9973}@example.org",
            f"{SUBJECTS[n % 4]} {n % 97}",
            STATES[(n * n) % 4],
            round((n * 7919) % 100_000 / 7, 2),
            (n % 1000) / 1000,
            timedelta(milliseconds=(n * 37) % 90_000),
        )


def as_text(value: Any) -> str:
    match value:
        case datetime():
            return f"{value:%d %b %Y, %H:%M}"
        case float():
            return f"{value:,.1f}"
        case timedelta():
            return f"{value.total_seconds():.1f} s"
        case _:
            return str(value)
