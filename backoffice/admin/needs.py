"""What a need of the first page is made of: a sentence, its tone, and the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

from tasks_app.models import Node
from tasks_app.monitor.queue_status import Queue

# Figures stop here: "99+". Nobody works through more from a dashboard.
LIMIT = 99


@dataclass(frozen=True)
class Need:
    """One thing to look at: `tone` is danger or warning, `url` the list behind the figure."""

    tone: str
    icon: str
    title: str | Promise
    note: str | Promise
    url: str
    # Somebody who has seen it may say so, up to this moment.
    seen_until: datetime | None = None


@dataclass(frozen=True)
class Look:
    """Who looks, when, and what the page has read already."""

    user: Any
    now: datetime
    nodes: list[Node]  # the processes that are alive
    queues: list[Queue]


def listed(page: str, **filters: Any) -> str:
    """The address of a list, filtered; a tuple of values asks for any of them."""
    return f"{reverse(f'admin:{page}_changelist')}?{urlencode(filters, doseq=True)}".rstrip("?")
