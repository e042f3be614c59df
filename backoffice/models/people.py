"""Who signed in, what each has seen, and the right to see how this installation is set up."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SignIn(models.Model):
    """One attempt to sign in. The name is kept as it was typed: a failed one may belong to nobody."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("user")
    )
    username = models.CharField(_("name given"), max_length=254)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    address = models.GenericIPAddressField(_("from address"), null=True)
    success = models.BooleanField(_("outcome"))

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ["-at", "-id"]
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="sign_in_newest"),
            models.Index(fields=["username", "-at"], name="sign_in_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.at:%Y-%m-%d %H:%M}"


class LastLook(models.Model):
    """Up to where somebody said they have seen what failed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    failures_until = models.DateTimeField()  # jobs that failed after it are new to them

    class Meta:
        verbose_name = _("last look")
        verbose_name_plural = _("last looks")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user} {self.failures_until:%Y-%m-%d %H:%M}"


class Installation(models.Model):
    """No table: it carries the permission to see the page "Settings & retention"."""

    class Meta:
        managed = False
        verbose_name = _("settings & retention")
        verbose_name_plural = _("settings & retention")
        default_permissions = ["view"]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
