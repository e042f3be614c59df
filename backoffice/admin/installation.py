"""The page "Settings & retention": how this installation is set up, to be read, not changed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.admin.installation_facts import sections
from backoffice.sizes import reading as sizes
from tasks_app.admin.common import page


@page("settings/", name="settings", permission="backoffice.view_installation")
def settings_page(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Settings & retention"),
        "sections": sections(),
        "sizes": sizes.parts(timezone.now()),
    }
    return render(request, "backoffice/settings/page.html", context)
