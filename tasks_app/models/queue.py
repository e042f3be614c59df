"""A queue's switch. A queue without a row is open."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

REASON_LENGTH = 500  # characters


def holds(now: datetime) -> Q:
    """Of pauses: it has no end, or that is to come. Whoever asks whether a queue is paused does it by this;
    each claim does so in SQL (`ledger/hot_sql.py`), so that no clock is needed for a pause to end."""
    return Q(paused=True) & (Q(paused_until=None) | Q(paused_until__gt=now))


class QueueStateQuerySet(models.QuerySet["QueueState"]):
    def paused(self, now: datetime) -> QueueStateQuerySet:
        return self.filter(holds(now))


class QueueState(models.Model):
    name = models.CharField(_("queue"), primary_key=True, max_length=255)
    # With `paused_until` read by each claim: whatever else is to decide that a pause holds is written here.
    paused = models.BooleanField(_("paused"), default=False)
    # Of the pause that holds: NULL and empty while the queue is open.
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)  # NULL: until it is resumed
    pause_reason = models.CharField(
        _("reason"), max_length=REASON_LENGTH, blank=True, default="", db_default=""
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    # Who paused or resumed it; whoever gives a pause another end or reason is in the audit log.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("changed by")
    )

    objects = QueueStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        permissions = [("pause_queue", _("Can pause and resume queues"))]

    def __str__(self) -> str:
        return self.name

    def is_paused(self, now: datetime) -> bool:
        """As `holds`, of a row that was read."""
        return self.paused and (self.paused_until is None or self.paused_until > now)
