"""Addresses under which a calendar reads the runs to come: a token each, known to its person alone.

Whoever has the address reads what its person may see, and nothing while that person may not: their rights
are asked each time. It is taken back by deleting its row.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tasks_app.models import CalendarFeed

SEES = "django_celery_beat.view_periodictask"
BYTES = 32
MOST_A_MINUTE = 6  # calendars ask a few times an hour
MOST_FEEDS = 5  # of one person
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Asked:
    """Who asks; None where no such address is known. `too_often`: not answered for now."""

    user: Any = None
    too_often: bool = False


def give(user: Any, now: datetime) -> str:
    """A new token of this person, which is shown once."""
    token = secrets.token_urlsafe(BYTES)
    CalendarFeed.objects.create(user=user, digest=_digest(token), made_at=now)
    return token


def take_back(user: Any, pk: int) -> bool:
    """Whether there was such a feed of theirs."""
    return bool(CalendarFeed.objects.filter(user=user, pk=pk).delete()[0])


def ask(token: str, now: datetime) -> Asked:
    """Who reads by this token, which counts the question."""
    with transaction.atomic():
        rows = CalendarFeed.objects.select_for_update(of=("self",)).select_related("user")
        feed = rows.filter(digest=_digest(token)).first()
        if feed is None or not feed.user.has_perm(SEES):
            return Asked()
        if feed.minute is None or not timedelta() <= now - feed.minute < MINUTE:
            feed.minute, feed.asked = now, 0
        if feed.asked >= MOST_A_MINUTE:
            return Asked(feed.user, too_often=True)
        feed.asked, feed.asked_at = feed.asked + 1, now
        feed.save(update_fields=["minute", "asked", "asked_at"])
    return Asked(feed.user)


def _digest(token: str) -> str:
    """Of a value that is random and long: no slow hash has to guard it."""
    return hashlib.sha256(token.encode()).hexdigest()
