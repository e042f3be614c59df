"""The pages of things that went wrong, in the look of the product: what happened and what to do."""

from __future__ import annotations

import sys

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projet.security_headers import BROKEN_PAGE_POLICY
from projet.views.database_outage import full_disk_page, outage_behind, outage_page
from tasks_app.full_disk import is_full

type Text = str | Promise


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        400,
        sign="link_off",
        title=_("This request cannot be understood"),
        what=_("The address or the form is damaged. Nothing was changed."),
        todo=_("Go back to the page you came from, load it again and repeat what you did."),
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        sign="lock",
        title=_("You may not do this"),
        what=_("No group you belong to includes this page or this action. Nothing was changed."),
        todo=_("If you need it for your work, ask an administrator to add you to a group that includes it."),
    )


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        404,
        sign="search_off",
        title=_("There is nothing at this address"),
        what=_("The address may be mistyped, or what it showed was removed when its time to be kept ended."),
        todo=_("Look for it from the menu, or search in the list it belongs to."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        sign="timer_off",
        title=_("This form has expired"),
        what=_(
            "You signed in or out after the form was opened, or your browser refuses cookies. "
            "Nothing was sent."
        ),
        todo=_("Go back, load the page again and send the form once more."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of what may be broken: no database, no static files, no admin."""
    if outage := outage_behind(sys.exception()):  # Django calls this while it handles what was raised
        return outage_page(request, outage)
    if is_full(sys.exception()):
        return full_disk_page(request)
    page = loader.get_template("500.html").render()
    return HttpResponse(page, status=500, headers={"Content-Security-Policy": BROKEN_PAGE_POLICY})


def _page(request: HttpRequest, status: int, **words: Text) -> HttpResponse:
    """Inside the admin's frame for who is signed in, alone on the page for everybody else."""
    if not hasattr(request, "user"):  # refused before anybody asked who it is
        request.user = AnonymousUser()
    signed_in = admin.site.has_permission(request)
    template = "backoffice/errors/inside.html" if signed_in else "backoffice/errors/outside.html"
    context = {**admin.site.each_context(request), **words, "status": status, "subtitle": None}
    return render(request, template, context, status=status)
