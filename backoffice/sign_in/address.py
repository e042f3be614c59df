"""Where a request came from, with proxies in between."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest | None) -> str | None:
    """The person's address, or None where nobody knows it.

    Each of our TRUSTED_PROXIES wrote one entry at the end of X-Forwarded-For; whatever stands before
    those was sent by the visitor and proves nothing.
    """
    if request is None:
        return None
    given = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [
        entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",") if entry.strip()
    ]
    if settings.TRUSTED_PROXIES and forwarded:
        given = forwarded[-min(settings.TRUSTED_PROXIES, len(forwarded))]
    try:
        return str(ip_address(given.partition("%")[0]))  # without the zone of a link: no database takes it
    except ValueError:
        return None
