"""The four pages of "Forgotten your password?", in the admin's look. See projet/mail.py for the mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import ContextMixin

from projet.mail import PasswordResetForm
from tasks_app.admin.dressing import dress

FOLDER = "backoffice/password/"


class AdminLook(ContextMixin):
    """Gives a page what Unfold's frame asks for, and Unfold's widgets to its form."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if isinstance(context.get("form"), BaseForm):
            dress(context["form"])
        return admin.site.each_context(self.request) | context


class Ask(AdminLook, views.PasswordResetView):
    form_class = PasswordResetForm
    template_name = f"{FOLDER}ask.html"
    email_template_name = f"{FOLDER}email.txt"
    subject_template_name = f"{FOLDER}subject.txt"
    extra_email_context = {"site_name": settings.COMPANY_NAME}
    success_url = reverse_lazy("password_reset_done")
    title = _("Forgotten your password?")


class Asked(AdminLook, views.PasswordResetDoneView):
    template_name = f"{FOLDER}asked.html"
    title = _("Look into your mailbox")


class Choose(AdminLook, views.PasswordResetConfirmView):
    template_name = f"{FOLDER}choose.html"
    success_url = reverse_lazy("password_reset_complete")
    title = _("Choose a new password")


class Chosen(AdminLook, views.PasswordResetCompleteView):
    template_name = f"{FOLDER}chosen.html"
    title = _("Your password is changed")


urlpatterns = [
    path("", Ask.as_view(), name="admin_password_reset"),
    path("done/", Asked.as_view(), name="password_reset_done"),
    path("<uidb64>/<token>/", Choose.as_view(), name="password_reset_confirm"),
    path("complete/", Chosen.as_view(), name="password_reset_complete"),
]
