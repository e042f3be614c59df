"""What signing in asks beyond a password: a second factor and its spare codes, and who comes from outside."""

from __future__ import annotations

import time

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from backoffice import encryption

# As apps for codes take it where nobody says otherwise (RFC 6238): six digits, a new code each 30 s.
TOTP_DIGITS = 6
TOTP_TOLERANCE = 1  # steps that a phone's clock may be off


class GroupPolicy(models.Model):
    """What is asked of a group's members. A group without a row asks nothing."""

    group = models.OneToOneField(Group, models.CASCADE, related_name="policy")
    second_factor = models.BooleanField(_("its members must use a second factor"), default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.group)


class AuthenticatorApp(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp is not typed
    """The app on a person's phone that shows their codes (TOTP): a device of django-otp.

    Its own TOTPDevice keeps the key as it is, in a column too short for a sealed one.
    """

    sealed_key = models.TextField()  # see backoffice/encryption.py; sealed for its user
    drift = models.SmallIntegerField(default=0)  # steps that the phone's clock was off at the last code
    last_t = models.BigIntegerField(default=-1)  # the step of the last code: it and earlier ones are used up

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user"], name="one_authenticator_app")]

    @property
    def use(self) -> str:
        return f"second factor of {self.user_id}"

    @property
    def bin_key(self) -> bytes:
        """The key, as the app has it. Raises encryption.CannotUnseal."""
        return encryption.unseal(self.sealed_key, self.use)

    @bin_key.setter
    def bin_key(self, key: bytes) -> None:
        self.sealed_key = encryption.seal(key, self.use)

    def verify_token(self, token: str) -> bool:
        """Whether this code is right now: then it is used up. A wrong one makes the next wait longer.

        Raises encryption.CannotUnseal, and counts nothing, where the key cannot be read.
        """
        if not self.verify_is_allowed()[0]:
            return False
        step = step_of(token, self.bin_key, self.drift, after=self.last_t)
        if step is None:
            self.throttle_increment()
            return False
        self.last_t, self.drift = step
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> float:
        """Seconds until the next code is looked at after a first wrong one; each more doubles them."""
        return float(getattr(settings, "OTP_TOTP_THROTTLE_FACTOR", 1))


def step_of(token: str, key: bytes, drift: int = 0, *, after: int = -1) -> tuple[int, int] | None:
    """The step this code belongs to, and the drift it shows; None for a wrong one and one from before."""
    totp = TOTP(key, digits=TOTP_DIGITS, drift=drift)
    totp.time = time.time()
    if not token.isdecimal() or not totp.verify(int(token), TOTP_TOLERANCE, after + 1):
        return None
    return totp.t(), totp.drift


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


class PasswordLinkCount(models.Model):
    """How many links to a new password were asked for in an hour, for one mailbox or from one network."""

    digest = models.CharField(max_length=64, unique=True)  # of either, keyed: neither stands here
    began_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.digest[:8]}: {self.count}"
