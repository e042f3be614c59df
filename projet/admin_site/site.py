"""One admin site: pages beyond the model admins are registered as views on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache as cache_for_ever
from functools import partial, wraps
from http.client import FOUND
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.contrib.auth import BACKEND_SESSION_KEY, REDIRECT_FIELD_NAME
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from unfold.settings import get_config
from unfold.sites import UnfoldAdminSite

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from backoffice.demo import DemoAccount

DEMO_ACCOUNTS_SECONDS = 60

type PageView = Callable[..., HttpResponseBase]


class BackOfficeSite(UnfoldAdminSite):
    enable_nav_sidebar = True
    index_title = _("Dashboard")
    index_template = "backoffice/dashboard/index.html"
    login_template = "backoffice/login.html"
    logout_template = "backoffice/logged_out.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._pages: list[URLPattern] = []

    def register(
        self, model_or_iterable: Any, admin_class: type[ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        """Whatever is registered, by us or by a library, stands behind the guard."""
        from projet.admin_site.guard.pages import guarded  # models are not loaded when this file is

        super().register(model_or_iterable, guarded(admin_class or ModelAdmin), **options)

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

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Unfold's, without the colours it would write into the page: palette.py has them."""
        context: dict[str, Any] = super().each_context(request)
        return context | {"colors": None}

    def _get_config(self, key: str, *args: Any) -> Any:
        """Unfold's, which merges its defaults with the settings each of some forty times that a page asks."""
        value = _merged(self.settings_name).get(key)
        return self._get_value(value, *args) if value else None

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django's, made once a request, and where it is looked at: few of the pages that have it show it."""
        if app_label is not None:
            return list(super().get_app_list(request, app_label))
        known: dict[str, Any] = vars(request)
        if "_app_list" not in known:
            known["_app_list"] = SimpleLazyObject(partial(super().get_app_list, request))
        return cast("list[Any]", known["_app_list"])

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, who showed a second factor where they have one or a group of theirs asks for it."""
        from backoffice.sign_in.factor import is_wanting  # models are not loaded when this file is

        return super().has_permission(request) and not is_wanting(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The login page, or its second half; on a local installation it offers the demo accounts."""
        from backoffice.sign_in.factor import is_wanting
        from projet.views.sign_in.second_factor import way_in

        if request.method == "GET" and super().has_permission(request) and is_wanting(request):
            return redirect(way_in(request))
        named = REDIRECT_FIELD_NAME in request.GET or REDIRECT_FIELD_NAME in request.POST
        context = {
            **({} if named else {REDIRECT_FIELD_NAME: str(settings.LOGIN_REDIRECT_URL)}),
            "demo_accounts": _demo_accounts() if settings.PASSWORD_SIGN_IN else [],
            "sso_name": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "sso_address": reverse("sso_start", query={"next": request.GET.get("next", "")}),
            "passwords": settings.PASSWORD_SIGN_IN,
            **(extra_context or {}),
        }
        page: HttpResponse = super().login(request, context)
        return page

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Django's, which logs what an administrator does to others' passwords, and not this."""
        from backoffice.admin import audited  # models are not loaded when this file is
        from tasks_app.audit.requests import log_action

        answer: TemplateResponse = super().password_change(request, extra_context)
        if request.method == "POST" and answer.status_code == FOUND:
            log_action(request, cast("User", request.user), audited.PASSWORD_CHANGED())
        return answer

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Out of here; the page then leads out of the provider too, for who came in by it."""
        from backoffice.sign_in.factor import SSO_BACKEND
        from projet.views.sign_in.single_sign_on import sign_out_address

        by_sso = request.session.get(BACKEND_SESSION_KEY) == SSO_BACKEND
        context = {"sso_sign_out": sign_out_address() if by_sso else "", "sso_name": settings.OIDC_NAME}
        return super().logout(request, context | (extra_context or {}))

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse | HttpResponse:
        """In place of Unfold's, which keeps what it found for five minutes, and loads every match of a model.

        All that is found stands on one page.
        """
        from projet.admin_site.quick_search import find  # models are not loaded when this file is

        typed, began = request.GET.get("s", "").strip(), time.monotonic()
        if not typed:
            return HttpResponse()
        results = [*self._search_apps(self.get_app_list(request), typed.lower()), *find(request, typed)]
        page = Paginator(results, max(len(results), 1)).page(1)
        context = {
            "search_term": typed,
            "page_obj": page.paginator,
            "results": page,
            "page_counter": 0,
            "execution_time": time.monotonic() - began,
            "command_show_history": False,
        }
        answer = TemplateResponse(request, "unfold/helpers/command_results.html", context)
        answer["HX-Trigger"] = "search"
        return answer

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Rows for a field's select: of fields that a page of ours declares, and of no others."""
        asked = tuple(request.GET.get(name, "") for name in ("app_label", "model_name", "field_name"))
        if request.method in ("GET", "HEAD") and asked not in self._completed():
            raise PermissionDenied
        rows: HttpResponse = super().autocomplete_view(request)
        return rows

    def _completed(self) -> set[tuple[str, str, str]]:
        """Model and field of each `autocomplete_fields`."""
        pages = [one for page in self._registry.values() for one in (page, *page.inlines)]
        return {
            (page.model._meta.app_label, page.model._meta.model_name, name)
            for page in pages
            for name in page.autocomplete_fields
        }

    def extra_urls(self) -> list[URLPattern]:
        """Unfold's hook: put before the URLs of the model admins."""
        return self._pages


@cache_for_ever
def _merged(settings_name: str) -> dict[str, Any]:
    found: dict[str, Any] = get_config(settings_name)
    return found


def _demo_accounts() -> list[DemoAccount]:
    """Those whose demo password still opens them; none anywhere but on a local installation."""
    if settings.ENVIRONMENT != "local":
        return []
    from backoffice.demo import ACCOUNTS, password_of  # models are not loaded when this file is

    # Each password is hashed to find out: slow by design, so not for every visit.
    accounts: list[DemoAccount] | None = cache.get("demo-accounts")
    if accounts is None:
        accounts = [one for one in ACCOUNTS if password_of(one)]
        cache.set("demo-accounts", accounts, DEMO_ACCOUNTS_SECONDS)
    return accounts


def _requiring(permission: str, view: PageView) -> PageView:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: Any = request.user
        if not user.has_perm(permission):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
