"""What a subscription's jobs are called, and what running one again would send a second time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Count, Q

from backoffice.emails.audience import row_of
from backoffice.models import RunState, Subscription, SubscriptionRun
from backoffice.subscriptions import causes
from tasks_app.notices import Notice


def name_of(subscription_id: Any) -> str:
    """ "" where it is gone."""
    found = row_of(Subscription.objects.all(), subscription_id)
    return found.name if found else ""


def delivered_already(job_ids: Collection[str]) -> dict[str, Notice]:
    """Of these jobs, those whose report was handed on."""
    runs = SubscriptionRun.objects.filter(job_id__in=job_ids, state=RunState.HANDED_ON).order_by()
    counted = runs.annotate(handed=Count("copies", filter=Q(copies__message__isnull=False)))
    return {
        job_id: causes.DELIVERED_ALREADY(title=title, count=handed)
        for job_id, title, handed in counted.values_list("job_id", "title", "handed")
    }
