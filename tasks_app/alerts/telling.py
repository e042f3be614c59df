"""What is said at once: one notice for what began or ended, and a digest where much did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tasks_app.alerts import causes
from tasks_app.alerts.rules import BY_MAIL, BY_WEBHOOK
from tasks_app.launching import launch
from tasks_app.models import AlertNotice, AlertRule

# After one notice the next of the same rule waits, and says all that there was meanwhile.
GAP = timedelta(minutes=10)
NAMED = 20  # in one notice; of others it says how many they are


def tell(rule: AlertRule, now: datetime) -> bool:
    """Send what was not told yet; whether there was anything. In the transaction that holds the rule."""
    if rule.told_at is not None and timedelta() <= now - rule.told_at < GAP:
        return False
    begun = list(rule.alerts.filter(begin_told=False).order_by("id"))
    over = list(rule.alerts.filter(ended_at__isnull=False, end_told=False).order_by("id"))
    if not begun and not over:
        return False
    notice = AlertNotice.objects.create(
        rule=rule,
        at=now,
        began=[[one.cause, one.params] for one in begun[:NAMED]],
        over=[[one.cause, one.params] for one in over[:NAMED]],
        began_count=len(begun),
        over_count=len(over),
    )
    rule.alerts.filter(pk__in=[one.pk for one in begun]).update(begin_told=True)
    rule.alerts.filter(pk__in=[one.pk for one in over]).update(end_told=True)
    AlertRule.objects.filter(pk=rule.pk).update(told_at=now)
    _send(rule, notice)
    return True


def send_test(rule: AlertRule, now: datetime, *, by: Any) -> AlertNotice:
    """A notice that says it is a test, to all that the rule names."""
    notice = AlertNotice.objects.create(
        rule=rule, at=now, began=[[causes.TEST.code, {}]], began_count=1, by=by
    )
    _send(rule, notice, by=by)
    return notice


def _send(rule: AlertRule, notice: AlertNotice, *, by: Any = None) -> None:
    for address in rule.addresses:
        launch(BY_MAIL, {"notice_id": notice.pk, "address": address}, by=by)
    if rule.webhook:
        launch(BY_WEBHOOK, {"notice_id": notice.pk}, by=by)
