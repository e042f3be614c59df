"""Repeated failures lock the sign-in for a while: a name from an address, and an address as a whole.

django-axes counts in the database, so that every web process sees the same and no Redis is needed. It has
one limit for all it counts; the second, looser one for an address is added here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backoffice.models import SignInLock


class Lockout(AxesDatabaseHandler):  # type: ignore[misc]  # axes is not typed
    """AXES_HANDLER: axes' own, which also refuses an address that failed under many names."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        if super().is_locked(request, credentials):
            return True
        address = getattr(request, "axes_ip_address", None)
        return _ends(recent().filter(ip_address=address), settings.SIGN_IN_ATTEMPTS_PER_ADDRESS) is not None


@dataclass(frozen=True)
class Lock:
    """Why a sign-in is refused, and until when. `whole_address`: whatever name is given."""

    until: datetime
    whole_address: bool


def recent() -> QuerySet[Any]:
    """The failures that still count, oldest first."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts: QuerySet[Any] = SignInLock.objects.filter(attempt_time__gt=since)
    return attempts.order_by("attempt_time")


def lock_of(username: str | None, address: str | None) -> Lock | None:
    """What keeps this name from signing in from this address now, the longest; None for nothing."""
    here = recent().filter(ip_address=address)
    ends = [
        (_ends(here.filter(username=username), settings.AXES_FAILURE_LIMIT), False),
        (_ends(here, settings.SIGN_IN_ATTEMPTS_PER_ADDRESS), True),
    ]
    locks = [Lock(until, whole) for until, whole in ends if until is not None]
    return max(locks, key=lambda lock: lock.until, default=None)


def lift(attempt: SignInLock) -> int:
    """Forget the failures under this name and those from this address; how many there were."""
    rows = SignInLock.objects.filter(Q(username=attempt.username) | Q(ip_address=attempt.ip_address))
    failures: int = sum(rows.values_list("failures_since_start", flat=True))
    rows.delete()
    return failures


def _ends(failures: QuerySet[Any], limit: int) -> datetime | None:
    """When fewer than `limit` of these failures will count; None where it is so already.

    A row is forgotten as a whole, AXES_COOLOFF_TIME after its last failure.
    """
    rows = list(failures.values_list("attempt_time", "failures_since_start"))
    left = sum(count for _at, count in rows)
    until = None
    for at, count in rows:
        if left < limit:
            break
        left -= count
        until = at + settings.AXES_COOLOFF_TIME
    return until
