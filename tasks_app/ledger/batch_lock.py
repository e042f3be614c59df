"""A batch whose row nobody else changes, until the transaction ends."""

from __future__ import annotations

from typing import Any

from tasks_app.db.turns import wait_for_turn
from tasks_app.models import Batch

# Of PostgreSQL's advisory locks, those of batches.
SPACE = 7_001_011


def await_turn(key: Any) -> None:
    """Before a batch is changed: those who asked before come first, so that a click waits for one step."""
    wait_for_turn(SPACE, key)


def locked(key: Any) -> Batch | None:
    """The batch as it is, its row locked; None where there is none."""
    await_turn(key)
    return Batch.objects.select_for_update().filter(pk=key).first()
