"""Heartbeats of workers, clocks and web processes: who is there, without asking the broker."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks_app.models.queue import REASON_LENGTH

# A node that has not beaten for this long is not counted as there: three missed beats of 10 s.
SILENT_AFTER = timedelta(seconds=30)


class NodeQuerySet(models.QuerySet["Node"]):
    def alive(self, now: datetime) -> NodeQuerySet:
        """A heartbeat from far ahead is of before the time went back: nobody knows of now."""
        return self.filter(beat_at__range=(now - SILENT_AFTER, now + SILENT_AFTER), stopped_at=None)

    def silent(self, now: datetime) -> NodeQuerySet:
        """Gone without a goodbye: crashed, frozen, or cut off from the database."""
        return self.filter(beat_at__lt=now - SILENT_AFTER, stopped_at=None)

    def that_finish(self, now: datetime) -> NodeQuerySet:
        """Living workers that end when they are asked to; one of a version before does not say so."""
        return self.alive(now).filter(kind=Node.Kind.WORKER, details__finishes=True)


class Node(models.Model):
    class Kind(models.TextChoices):
        WORKER = "worker", _("Worker")
        CLOCK = "clock", _("Clock")
        WEB = "web", _("Web")

    name = models.CharField(_("name"), primary_key=True, max_length=255)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    started_at = models.DateTimeField(_("started"))
    beat_at = models.DateTimeField(_("last heartbeat"))
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    version = models.CharField(_("version"), max_length=64, blank=True)
    # {"queues": [...], "concurrency": 4, "finishes": true, "pid": 12, …} for a worker, and host_facts().
    details = models.JSONField(default=dict)
    # Of a worker that is asked to finish and stop. Its next process begins without.
    finish_asked_at = models.DateTimeField(null=True, editable=False)
    finish_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    finish_reason = models.CharField(max_length=REASON_LENGTH, blank=True, default="", db_default="")

    objects = NodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("node")
        verbose_name_plural = _("nodes")
        ordering = ["kind", "name"]
        permissions = [("stop_worker", _("Can ask workers to finish and stop"))]

    def __str__(self) -> str:
        return self.name
