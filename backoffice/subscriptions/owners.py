"""Whose a subscription is, and what becomes of it when they leave."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from backoffice.models import Subscription
from backoffice.reports import registry

SUBSCRIBE, KEEP = "backoffice.add_subscription", "backoffice.keep_subscription"
# Those whose owner was deleted, or opens this site no more.
WITHOUT_OWNER = Q(owner=None) | Q(owner__is_active=False) | Q(owner__is_staff=False)


def is_here(user: Any) -> bool:
    """Whether they can open this site."""
    return user is not None and bool(user.is_active and user.is_staff)


def may_handle(user: Any, subscription: Subscription) -> bool:
    """Its owner may change, end and hand it over, and who keeps those of others."""
    if user.has_perm(KEEP):
        return True
    return subscription.owner_id == user.pk and bool(user.has_perm(SUBSCRIBE))


def visible(user: Any, subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """One's own, and those that one reads; all of them for who keeps those of others."""
    if user.has_perm(KEEP):
        return subscriptions
    return subscriptions.filter(
        Q(owner=user) | Q(pk__in=Subscription.objects.filter(readers__user=user).values("pk"))
    )


def possible_readers(slug: str) -> QuerySet[User]:
    """Who may see reports of that type, by their groups."""
    groups = next((one.groups for one in registry.report_types() if one.slug == slug), frozenset())
    may = Q(is_superuser=True) | Q(groups__name__in=groups, groups__permissions__codename="view_report")
    here = User.objects.filter(is_active=True, is_staff=True)
    return here.filter(pk__in=here.filter(may).values("pk")).order_by("last_name", "first_name", "username")
