"""What signing in asks beyond a password: a second factor and its spare codes, and who comes from outside."""

from __future__ import annotations

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


class GroupPolicy(models.Model):
    """What is asked of a group's members. A group without a row asks nothing."""

    group = models.OneToOneField(Group, models.CASCADE, related_name="policy")
    second_factor = models.BooleanField(_("its members must use a second factor"), default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.group)


class RecoveryCode(models.Model):
    """One spare code, for who has lost the device of their second factor. It works once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)  # SHA-256 of the code, in hex
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.pk}"


class SignInLock(AccessAttempt):  # type: ignore[misc]  # axes is not typed
    """Failed sign-ins of one name from one address: django-axes' row under our own name and rights."""

    class Meta:
        proxy = True
        verbose_name = _("sign-in lock")
        verbose_name_plural = _("sign-in locks")
        default_permissions = ["view"]
        permissions = [("lift_signinlock", _("Can lift sign-in locks"))]


class Identity(models.Model):
    """Who somebody is at the provider of the single sign-on: their name there never changes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.issuer})"
