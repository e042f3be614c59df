"""Asking a worker to finish and stop. It reads that in its own row: no broker is asked."""

from __future__ import annotations

from typing import Any

from tasks_app.control.reasons import kept_reason
from tasks_app.db import shared_time
from tasks_app.models import Node


def ask_to_finish(name: str, *, by: Any, reason: str = "") -> bool:
    """The worker takes no other job, ends those that it has, and ends. False where it cannot be asked: it is
    gone, was asked before, or is of a version that does not listen.

    Raises ValueError for a reason that is too long.
    """
    kept, now = kept_reason(reason), shared_time.now()
    there = Node.objects.that_finish(now).filter(name=name, finish_asked_at=None)
    return bool(there.update(finish_asked_at=now, finish_asked_by=by, finish_reason=kept))


def let_go_on(name: str) -> bool:
    """It takes jobs again; False where nobody had asked it, or it has ended."""
    asked = Node.objects.that_finish(shared_time.now()).filter(name=name, finish_asked_at__isnull=False)
    return bool(asked.update(finish_asked_at=None, finish_asked_by=None, finish_reason=""))
