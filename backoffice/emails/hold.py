"""The hold on all emails: the account takes nothing at present, so everything waits and one email asks.

The hold is a row, so it survives whatever restarts. While it is there no message is claimed, but by the
one run that moved `probe_at` on: it is the probe. A probe that gets through lifts the hold.
"""

from __future__ import annotations

import random
from datetime import timedelta

from backoffice.emails import service_causes
from backoffice.emails.errors import HoldAll
from backoffice.models import SendingHold
from tasks_app.db import shared_time
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice

# A quota frees by the minute, a person mends credentials within some: asking more often helps nobody.
PROBE_EVERY = timedelta(minutes=5)
# The others sleep longer and apart: ten thousand held emails must not wake together to find the hold.
SLEEP_AT_LEAST, SLEEP_AT_MOST = timedelta(minutes=10), timedelta(minutes=70)


def current() -> SendingHold | None:
    return SendingHold.objects.first()


def told(held: SendingHold) -> Notice:
    """Why emails are held, with the mail service's words."""
    return service_causes.HELD(detail=held.reason)


def begin(error: HoldAll) -> None:
    """Hold all emails from now on, or note what the latest probe heard; `since` stays."""
    now = shared_time.now()
    latest = {
        "reason": error.detail,
        "error_code": error.provider_code,
        "probe_at": now + PROBE_EVERY,
        **columns_of(error.notice),
    }
    SendingHold.objects.update_or_create(
        pk=SendingHold.ONLY, defaults=latest, create_defaults=latest | {"since": now}
    )


def take_probe() -> bool:
    """Whether this run may try its email: one does, each time the hold's interval is over."""
    now = shared_time.now()
    return bool(SendingHold.objects.filter(probe_at__lte=now).update(probe_at=now + PROBE_EVERY))


def lift() -> bool:
    """The account takes emails again; False when there was no hold."""
    deleted, _models = SendingHold.objects.all().delete()
    return bool(deleted)


def probe_now() -> bool:
    """A person mended it: the next email may try at once. False when there is no hold any more."""
    return bool(SendingHold.objects.update(probe_at=shared_time.now()))


def delay(error: HoldAll) -> timedelta:
    """How long the job of a held email sleeps: the one that asked comes back to ask again."""
    if error.asked:
        return PROBE_EVERY
    return SLEEP_AT_LEAST + random.random() * (SLEEP_AT_MOST - SLEEP_AT_LEAST)  # noqa: S311
