"""Who a schedule belongs to, who follows it, what is wrong with it, and how a calendar reads it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask


class ScheduleOwnerQuerySet(models.QuerySet["ScheduleOwner"]):
    def who_left(self) -> Self:
        """Those whose schedules run no more until they are handed over."""
        return self.filter(Q(owner=None) | Q(owner__is_active=False), is_system=False)


class ScheduleOwner(models.Model):
    """With whose rights a schedule runs. One without this row is of nobody: it runs as it always did.

    A system's own schedules need nobody. An owner who left leaves the row: it runs no more until it is handed
    over.
    """

    schedule = models.OneToOneField(
        PeriodicTask, models.CASCADE, related_name="ownership", primary_key=True, verbose_name=_("schedule")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_schedules",
        verbose_name=_("owner"),
    )
    is_system = models.BooleanField(_("of the system"), default=False)
    since = models.DateTimeField(_("since"))

    objects = ScheduleOwnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("owner of a schedule")
        verbose_name_plural = _("owners of schedules")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="system_or_owner",
                condition=Q(is_system=False) | Q(owner=None),
                violation_error_message=_("A schedule of the system has no owner."),
            )
        ]

    def __str__(self) -> str:
        return str(self.schedule)


class ScheduleFollower(models.Model):
    schedule = models.ForeignKey(PeriodicTask, models.CASCADE, related_name="followers", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="followed_schedules")
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("follower of a schedule")
        verbose_name_plural = _("followers of schedules")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["schedule", "user"], name="one_follower")]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.user_id}"


class ScheduleTrouble(models.Model):
    """From when a schedule was late, missed, failing or short of its promise, until it was well again."""

    schedule = models.ForeignKey(PeriodicTask, models.CASCADE, related_name="troubles", db_index=False)
    cause = models.CharField(_("cause"), max_length=255)  # as it began
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("over"), null=True)
    begin_told = models.BooleanField(default=False)
    end_told = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("trouble of a schedule")
        verbose_name_plural = _("troubles of schedules")
        default_permissions = ()
        ordering = ["-began_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule"], name="one_open_trouble", condition=Q(ended_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="trouble_untold",
                condition=Q(begin_told=False) | Q(ended_at__isnull=False, end_told=False),
            ),
            models.Index(fields=["ended_at"], name="trouble_by_end"),
            models.Index(fields=["schedule"], name="trouble_of_schedule"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.cause}"


class CalendarFeed(models.Model):
    """An address under which a person's calendar reads the runs to come; of its token a digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"))
    asked_at = models.DateTimeField(_("asked last"), null=True)
    # How often it was asked within the minute that began then: no more than feeds.MOST_A_MINUTE are answered.
    minute = models.DateTimeField(null=True, editable=False)
    asked = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("calendar feed of schedules")
        verbose_name_plural = _("calendar feeds of schedules")
        default_permissions = ()
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.made_at}"
