"""Messages from the broker that left no row of their own, counted by the hour."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageTally(models.Model):
    class Reason(models.TextChoices):
        FLOOD = "flood", _("Refused beyond what is kept of a minute")
        PRUNED = "pruned", _("Came after their job was removed")

    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    hour = models.DateTimeField()  # its beginning
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tally of messages")
        verbose_name_plural = _("tallies of messages")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["reason", "hour"], name="one_message_tally_per_hour")]
        indexes = [models.Index(fields=["hour"], name="message_tally_by_hour")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M} {self.reason}: {self.count}"
