"""A look at all rules: what begins and what is over, each written once, however many look."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from tasks_app.alerts.rules import Found, found_by
from tasks_app.alerts.telling import tell
from tasks_app.db.bad_rows import is_away
from tasks_app.models import Alert, AlertOn, AlertRule

logger = logging.getLogger(__name__)


def look(now: datetime, only: Iterable[str] = ()) -> int:
    """Write and tell what began and what is over; returns how many notices went out.

    One rule that cannot be asked stops no other. Two that look take turns: each locks the rule that it asks.
    """
    rules = AlertRule.objects.filter(enabled=True)
    rules = rules.filter(on__in=list(only)) if only else rules
    return sum(_look_at(pk, now) for pk in rules.values_list("pk", flat=True))


def _look_at(pk: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            rule = AlertRule.objects.select_for_update(skip_locked=True).filter(pk=pk, enabled=True).first()
            if rule is None:
                return False
            _write(rule, found_by(rule, now), now)
            return tell(rule, now)
    except Exception as error:
        if is_away(error):
            raise
        logger.exception("The alert rule %s cannot be asked.", pk)
        return False


def _write(rule: AlertRule, found: Found, now: datetime) -> None:
    going_on = set(rule.alerts.filter(ended_at=None).values_list("key", flat=True))
    over = going_on - found.keys()
    if over:
        rule.alerts.filter(ended_at=None, key__in=over).update(ended_at=now)
    Alert.objects.bulk_create(
        [
            Alert(rule=rule, key=key, cause=notice.code, params=dict(notice.params), began_at=now)
            for key, notice in found.items()
            if key not in going_on
        ],
        ignore_conflicts=True,
    )


def look_for_the_clock(now: datetime) -> int:
    """What web and workers look at: the others are the clock's."""
    return look(now, only=[AlertOn.NO_CLOCK])
