"""The page "Settings & retention": how this installation is set up and does, to be read, not changed."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from backoffice.admin.installation_checks import SEES_SETTINGS, concerns, examination
from backoffice.admin.installation_facts import sections
from backoffice.admin.viewer import viewer
from backoffice.sizes import reading as sizes
from tasks_app.admin.common import page
from tasks_app.db import shared_time


@page("settings/", name="settings")
def settings_page(request: HttpRequest) -> HttpResponse:
    """For whoever is told of a check: each sees what concerns them."""
    user = viewer(request)
    if not concerns(user):
        raise PermissionDenied
    sees_settings, now = user.has_perm(SEES_SETTINGS), shared_time.now()
    context = {
        **admin.site.each_context(request),
        "title": _("Settings & retention"),
        "sees_settings": sees_settings,
        "examination": examination(user, now),
        "sections": [one for one in sections() if not one.audience or user.has_perm(one.audience)],
        "sizes": sizes.parts(now) if sees_settings else [],
    }
    return render(request, "backoffice/settings/page.html", context)
