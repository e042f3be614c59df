"""A queue's switch. A queue without a row is open."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

REASON_LENGTH = 500  # characters


class QueueState(models.Model):
    name = models.CharField(_("queue"), primary_key=True, max_length=255)
    # Read by each claim: whatever else is to decide whether a pause holds is written here, by the clock.
    paused = models.BooleanField(_("paused"), default=False)
    # Of the pause that holds: NULL and empty while the queue is open.
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    pause_reason = models.CharField(
        _("reason"), max_length=REASON_LENGTH, blank=True, default="", db_default=""
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        permissions = [("pause_queue", _("Can pause and resume queues"))]

    def __str__(self) -> str:
        return self.name
