"""The end of a subscription, its going on, and whose it becomes, each together with its schedule."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from backoffice.models import Subscription
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice


def end(subscription: Subscription, why: Notice) -> bool:
    """False where it was at an end before."""
    with transaction.atomic():
        running = Subscription.objects.filter(pk=subscription.pk, ended_at=None)
        ended = running.update(
            ended_at=timezone.now(), ended_because=str(why), question_open=False, **columns_of(why)
        )
        if ended:
            _switch(subscription, on=False)
    return bool(ended)


def go_on(subscription: Subscription) -> bool:
    """False where it was not at an end, or has no schedule any more."""
    with transaction.atomic():
        at_an_end = Subscription.objects.filter(pk=subscription.pk, schedule__isnull=False)
        goes_on = at_an_end.exclude(ended_at=None).update(
            ended_at=None, ended_because="", asked_at=timezone.now(), **columns_of(None)
        )
        if goes_on:
            _switch(subscription, on=True)
    return bool(goes_on)


def keep(subscription: Subscription) -> bool:
    """Its owner's answer to the question whether it should end."""
    asked = Subscription.objects.filter(pk=subscription.pk, question_open=True)
    return bool(asked.update(question_open=False))


def hand_over(subscription: Subscription, to: Any) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(owner=to)


def _switch(subscription: Subscription, *, on: bool) -> None:
    """Saved as its row is, so that the clock sees it."""
    schedule = subscription.schedule
    if schedule is not None:
        schedule.refresh_from_db()
        schedule.enabled = on
        schedule.save()
