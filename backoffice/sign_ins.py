"""Each attempt to sign in leaves a row: Django's own signals of `authenticate` and `login` say when."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest

from backoffice.models import SignIn

LONGEST_NAME = 254  # of SignIn.username


def listen() -> None:
    """Called once, when the app is ready."""
    user_logged_in.connect(record_success, dispatch_uid="sign-in")
    user_login_failed.connect(record_failure, dispatch_uid="sign-in-failed")


def record_success(*, request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    SignIn.objects.create(
        user=user, username=user.get_username()[:LONGEST_NAME], address=client_address(request), success=True
    )


def record_failure(
    *, credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    # A name that was typed wrong belongs to nobody, so it is kept as text.
    name = str(credentials.get("username", "")).replace("\0", "")[:LONGEST_NAME]
    SignIn.objects.create(username=name, address=client_address(request), success=False)


def client_address(request: HttpRequest | None) -> str | None:
    """The person's address, or None; behind production's proxy the one that the proxy wrote last."""
    if request is None:
        return None
    given = str(request.META.get("REMOTE_ADDR", ""))
    if settings.PRODUCTION and (forwarded := request.headers.get("X-Forwarded-For")):
        # Whatever stands before the last entry was sent by the visitor and proves nothing.
        given = forwarded.rpartition(",")[2].strip()
    try:
        return str(ip_address(given))
    except ValueError:
        return None
