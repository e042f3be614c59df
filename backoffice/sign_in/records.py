"""Each attempt to sign in leaves a row: Django's own signals of `authenticate` and `login` say when."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest

from backoffice.models import SignIn
from backoffice.sign_in.address import client_address
from backoffice.sign_in.factor import is_wanting

LONGEST_NAME = 254  # of SignIn.username


def listen() -> None:
    """Called once, when the app is ready."""
    user_logged_in.connect(record_success, dispatch_uid="sign-in")
    user_login_failed.connect(record_failure, dispatch_uid="sign-in-failed")


def record_success(*, request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    if request is not None and is_wanting(request):
        return  # the password was right, and nobody is in yet: the page of the second factor says when
    SignIn.objects.create(
        user=user, username=user.get_username()[:LONGEST_NAME], address=client_address(request), success=True
    )


def record_failure(
    *, credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    # A name that was typed wrong belongs to nobody, so it is kept as text.
    name = str(credentials.get("username", "")).replace("\0", "")[:LONGEST_NAME]
    SignIn.objects.create(username=name, address=client_address(request), success=False)
