"""Who looks at a page."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest


def viewer(request: HttpRequest) -> User:
    """The admin shows no page to somebody who is not signed in."""
    return cast(User, request.user)
