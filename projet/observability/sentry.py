"""Errors to Sentry, where SENTRY_DSN is set: what went wrong and in which job, and nothing of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

from projet.observability.logs import of_job, without_passwords

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# Names whose values never leave, wherever in an event they stand.
OURS = ["database_url", "celery_broker_url", "broker_url", "metrics_token", "sentry_dsn", "redis_password"]


def start(dsn: str, *, environment: str, release: str) -> None:
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        integrations=[
            DjangoIntegration(),
            CeleryIntegration(),
            LoggingIntegration(level=None, event_level=None),  # breadcrumbs would carry addresses of people
        ],
        send_default_pii=False,
        include_local_variables=False,  # of a job: whom it writes to, and what
        max_request_body_size="never",
        event_scrubber=EventScrubber(denylist=[*DEFAULT_DENYLIST, *OURS], recursive=True),
        before_send=_tagged,
        shutdown_timeout=2,  # seconds
    )


def _tagged(event: Event, hint: Hint) -> Event | None:
    """Tags to search by; passwords in addresses masked in what errors say."""
    tags = event.setdefault("tags", {})
    tags.update({name: str(value) for name, value in of_job().items()})
    masked: Event = _masked(event)
    return masked


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return without_passwords(value) if isinstance(value, str) else value
