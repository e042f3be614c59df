"""How many causes nobody has decided about: one number a request, for sidebar, first page and inbox alike."""

from __future__ import annotations

from typing import Any

from tasks_app.db import shared_time
from tasks_app.display import count_up_to
from tasks_app.models import FailureGroup
from tasks_app.models.failure_group import to_look_at

_KNOWN = "_open_causes"  # of a request's user


def open_causes(user: Any, most: int) -> int:
    """Counted no further than one beyond `most`."""
    count: int | None = getattr(user, _KNOWN, None)
    if count is None:
        count = count_up_to(most, FailureGroup.objects.filter(to_look_at(shared_time.now())))
        remember(user, count)
    return count


def remember(user: Any, count: int) -> None:
    """Who counted them all says so to the rest of the page."""
    setattr(user, _KNOWN, count)
