"""The admin as its pages see it, in types: Django's own know neither our site nor who gets past its door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase


class _Site(Protocol):
    """projet/admin_site.py, as far as pages know it."""

    def page[View: Callable[..., HttpResponseBase]](
        self, route: str, *, name: str, permission: str = ""
    ) -> Callable[[View], View]: ...


page = cast(_Site, admin.site).page


def viewer(request: HttpRequest) -> User:
    """Who looks at this page: the admin shows none to somebody who is not signed in."""
    return cast(User, request.user)
