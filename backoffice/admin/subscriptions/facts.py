"""What list and page both say of a subscription: its state, its rhythm, its next time."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.models import Subscription
from backoffice.subscriptions.owners import WITHOUT_OWNER, is_here
from tasks_app.db.bad_rows import or_none
from tasks_app.display import badge
from tasks_app.schedules.rhythm import words

STATES: dict[str, tuple[Any, Q]] = {
    "going_on": (_("Goes on"), Q(ended_at=None)),
    "unread": (_("Nobody reads it"), Q(question_open=True)),
    "ended": (_("At an end"), ~Q(ended_at=None)),
    "without_owner": (_("Without an owner"), WITHOUT_OWNER & Q(ended_at=None)),
}


def state_badge(subscription: Subscription) -> str:
    if subscription.ended_at:
        return badge(STATES["ended"][0], "", "stop_circle")
    if not is_here(subscription.owner):
        return badge(STATES["without_owner"][0], "warning", "person_off")
    if subscription.question_open:
        return badge(STATES["unread"][0], "warning", "visibility_off")
    return badge(STATES["going_on"][0], "success", "forward_to_inbox")


def rhythm_of(subscription: Subscription) -> str:
    """In words; "–" where its schedule was deleted, or cannot be read."""
    schedule = subscription.schedule
    return str((or_none(lambda: words(schedule)) if schedule else None) or "–")


def next_of(subscription: Subscription) -> Any:
    options = getattr(subscription.schedule, "options", None)
    return options.next_slot if options and not subscription.ended_at else None
