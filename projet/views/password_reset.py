"""The four pages of "Forgotten your password?", in the admin's look.

The first does the same work for every address: it counts, and writes one job
(backoffice/sign_in/password_links.py).
"""

from __future__ import annotations

import logging
from math import ceil
from typing import Any

from django.contrib import admin
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import ContextMixin
from django.views.generic.edit import FormView

from backoffice.admin import audited
from backoffice.encryption import NoKeys
from backoffice.sign_in import link_limits
from backoffice.sign_in.address import client_address
from tasks_app.account_tasks import launch_forgotten_password
from tasks_app.admin.dressing import dress
from tasks_app.audit.recording import Line, record
from tasks_app.display import moment

logger = logging.getLogger(__name__)
FOLDER = "backoffice/password/"
TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE = 429, 503


class AdminLook(ContextMixin):
    """Gives a page what Unfold's frame asks for, and Unfold's widgets to its form."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if isinstance(context.get("form"), BaseForm):
            dress(context["form"])
        return admin.site.each_context(self.request) | context


class Ask(AdminLook, FormView):  # type: ignore[type-arg]  # it takes no parameter when it runs
    form_class = PasswordResetForm  # Django's, for its field: its save() would look accounts up
    template_name = f"{FOLDER}ask.html"
    success_url = reverse_lazy("password_reset_done")
    extra_context = {"title": _("Forgotten your password?")}

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        mailbox = form.cleaned_data["email"]
        refusal = link_limits.claim(mailbox, client_address(self.request))
        if refusal:
            return self._too_often(refusal)
        try:
            launch_forgotten_password(mailbox)
        except NoKeys as error:
            return self._cannot(error)
        return super().form_valid(form)

    def _too_often(self, refusal: link_limits.Refusal) -> HttpResponse:
        """The same for an address that has an account and for one that has none."""
        words = {
            "title": _("Enough links for now"),
            "until": moment(refusal.until),
            "whole_network": refusal.whole_network,
        }
        page = self._page("too_often.html", TOO_MANY_REQUESTS, words)
        left = refusal.until - timezone.now()
        page["Retry-After"] = str(max(1, ceil(left.total_seconds())))
        return page

    def _cannot(self, error: NoKeys) -> HttpResponse:
        logger.error("No link to a new password can be sent: %s", error)
        return self._page("cannot.html", SERVICE_UNAVAILABLE, {"title": _("Links cannot be sent now")})

    def _page(self, template: str, status: int, words: dict[str, Any]) -> HttpResponse:
        context = admin.site.each_context(self.request) | words
        return render(self.request, FOLDER + template, context, status=status)


class Asked(AdminLook, views.PasswordResetDoneView):
    template_name = f"{FOLDER}asked.html"
    title = _("Look into your mailbox")


class Choose(AdminLook, views.PasswordResetConfirmView):
    template_name = f"{FOLDER}choose.html"
    success_url = reverse_lazy("password_reset_complete")
    title = _("Choose a new password")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        record(form.user.pk, Line(form.user, form.user.get_username(), audited.PASSWORD_CHOSEN()))
        return answer


class Chosen(AdminLook, views.PasswordResetCompleteView):
    template_name = f"{FOLDER}chosen.html"
    title = _("Your password is changed")


urlpatterns = [
    path("", Ask.as_view(), name="admin_password_reset"),
    path("done/", Asked.as_view(), name="password_reset_done"),
    path("<uidb64>/<token>/", Choose.as_view(), name="password_reset_confirm"),
    path("complete/", Chosen.as_view(), name="password_reset_complete"),
]
