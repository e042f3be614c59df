"""Whether anybody reads what a subscription brings. Attachments cannot tell; links behind sign-in can."""

from __future__ import annotations

from backoffice.models import Copy, Download, Form, RunState, Subscription

PERIODS = 3  # that nobody read, before its owner is asked whether to end it


def nobody_reads(subscription: Subscription) -> bool:
    """Whether its last runs were all linked for all their readers, and nobody opened a thing of them."""
    runs = subscription.runs.filter(state=RunState.HANDED_ON)
    if subscription.asked_at:
        runs = runs.filter(at__gt=subscription.asked_at)
    latest = list(runs.order_by("-at", "-id").values_list("pk", flat=True)[:PERIODS])
    copies = Copy.objects.filter(run__in=latest, message__isnull=False)
    if len(latest) < PERIODS or not copies.exists() or copies.exclude(form=Form.LINKED).exists():
        return False
    return not Download.objects.filter(report__runs__in=latest).exists()
