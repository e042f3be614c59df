"""One admin site: pages beyond the model admins are registered as views on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

type PageView = Callable[..., HttpResponseBase]


class BackOfficeSite(UnfoldAdminSite):
    enable_nav_sidebar = True
    index_title = _("Dashboard")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._pages: list[URLPattern] = []

    def page(self, route: str, *, name: str, permission: str = "") -> Callable[[PageView], PageView]:
        """Decorator for a view of the admin that belongs to no model: `admin/<route>`, named `admin:<name>`.

        Who is not signed in is sent to the login page; who lacks `permission` ("app.codename") gets
        the 403 page. A view that shows the frame of the admin passes `admin.site.each_context(request)`
        to its template, which extends "admin/base_site.html".
        """

        def register(view: PageView) -> PageView:
            guarded = _requiring(permission, view) if permission else view
            self._pages.append(path(route, self.admin_view(guarded), name=name))
            return view

        return register

    def extra_urls(self) -> list[URLPattern]:
        """Unfold's hook: put before the URLs of the model admins."""
        return self._pages


def _requiring(permission: str, view: PageView) -> PageView:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
