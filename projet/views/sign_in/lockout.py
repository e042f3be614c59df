"""The page of who failed too often: until when, and what to do meanwhile."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.sign_in.address import counted_address
from backoffice.sign_in.lockout import lock_of
from tasks_app.display import moment

TOO_MANY_REQUESTS = 429


def locked_page(
    request: HttpRequest, response: HttpResponseBase | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE. The same for a name that exists and for one that does not."""
    lock = lock_of((credentials or {}).get("username"), counted_address(request))
    # The attempt that was one too many may have been forgotten a moment ago.
    until = lock.until if lock else timezone.now() + timedelta(minutes=1)
    left = max(timedelta(0), until - timezone.now())
    context = {
        **admin.site.each_context(request),
        "title": _("Signing in is locked for a while"),
        "whole_address": bool(lock and lock.whole_address),
        "until": moment(until),
        "wait": _in_minutes(left),
    }
    page = render(request, "backoffice/sign_in/locked.html", context, status=TOO_MANY_REQUESTS)
    page["Retry-After"] = str(ceil(left.total_seconds()))
    return page


def _in_minutes(left: timedelta) -> str:
    minutes = max(1, ceil(left.total_seconds() / 60))
    return ngettext("in %(n)d minute", "in %(n)d minutes", minutes) % {"n": minutes}
