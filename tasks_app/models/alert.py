"""Who is told of what without looking: rules, what they found, and the notices that were sent."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AlertOn(models.TextChoices):
    NEW_CAUSE = "new_cause", _("A new cause of failures, or one that was repaired and fails again")
    CAUSE_RATE = "cause_rate", _("More failures of one cause in an hour than …")
    QUEUE_WAIT = "queue_wait", _("A queue that waits longer than … minutes")
    FAILED_SHARE = "failed_share", _("A larger share of failed jobs than … per cent")
    NO_CLOCK = "no_clock", _("No clock is running")


class AlertRule(models.Model):
    name = models.CharField(_("name"), max_length=100)
    on = models.CharField(_("tells of"), max_length=16, choices=AlertOn)
    threshold = models.PositiveIntegerField(
        _("more than"),
        default=0,
        help_text=_("Failures an hour, minutes, or per cent; for the others it means nothing."),
    )
    mail_to = models.TextField(
        _("by mail to"),
        blank=True,
        help_text=_("One address a line, ten at most. No person is named in them."),
    )
    webhook = models.CharField(
        _("by webhook to"),
        max_length=500,
        blank=True,
        help_text=_("An https:// address; each request is signed with ALERT_WEBHOOK_SECRET."),
    )
    enabled = models.BooleanField(_("switched on"), default=True)
    since = models.DateTimeField(editable=False)  # it tells of nothing that began before
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def addresses(self) -> list[str]:
        return [line.strip() for line in self.mail_to.splitlines() if line.strip()]


class Alert(models.Model):
    """One thing that a rule found, from when it began until it was over."""

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="alerts", db_index=False)
    key = models.CharField(max_length=255)  # which cause, which queue
    cause = models.CharField(max_length=255)
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("over"), null=True)
    begin_told = models.BooleanField(default=False)
    end_told = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        default_permissions = ()
        ordering = ["-began_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "key"], name="one_open_alert", condition=Q(ended_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(
                fields=["rule", "id"],
                name="alert_untold",
                condition=Q(begin_told=False) | Q(ended_at__isnull=False, end_told=False),
            ),
            models.Index(fields=["ended_at"], name="alert_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.key}"


class AlertNotice(models.Model):
    """What was said at once: what began and what was over, each by its code and parameters."""

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="notices")
    at = models.DateTimeField()
    began = models.JSONField(default=list, encoder=DjangoJSONEncoder)  # [code, parameters], the first of them
    over = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    began_count = models.PositiveIntegerField(default=0)
    over_count = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )  # who asked for a test

    class Meta:
        verbose_name = _("notice of an alert")
        verbose_name_plural = _("notices of alerts")
        default_permissions = ()
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.at}"
