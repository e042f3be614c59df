"""What people do to jobs and queues: cancel, settle, pause, resume. All of it survives restarts."""

from __future__ import annotations

from typing import Any

from tasks_app.models import Job, State


def cancel(job: Job, *, by: Any) -> str:
    """A waiting job never runs; a running one is asked. Returns "cancelled", "asked" or "final"."""
    raise NotImplementedError


def settle(job: Job, state: State, *, by: Any, note: str = "") -> bool:
    """Give a job of unknown outcome its end (SUCCEEDED or FAILED); False when it was settled before."""
    raise NotImplementedError


def pause(queue: str, *, by: Any) -> None:
    """From here on no job of the queue starts; running ones end."""
    raise NotImplementedError


def resume(queue: str, *, by: Any) -> None:
    """Open a paused queue; the clock publishes what waits within a tick."""
    raise NotImplementedError
