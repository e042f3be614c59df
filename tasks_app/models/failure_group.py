"""Jobs that failed, grouped by kind and cause: how many, what people decided about it, and whom it touches.

No failure writes here: the clock counts in steps what ended (tasks_app/failures/counting.py), and pages add
what it has not counted yet.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FailureStatus(models.TextChoices):
    """What people decided about a cause."""

    NEW = "new", pgettext_lazy("cause", "New")
    KNOWN = "known", pgettext_lazy("cause", "Known")
    REPAIRED = "repaired", pgettext_lazy("cause", "Repaired")
    IGNORED = "ignored", pgettext_lazy("cause", "Ignored")


def to_look_at(now: datetime) -> Q:
    """New, and known until a moment that has passed."""
    over = Q(status=FailureStatus.KNOWN, until__isnull=False, until__lte=now)
    return Q(status=FailureStatus.NEW) | over


def still_known(now: datetime) -> Q:
    return Q(Q(until__isnull=True) | Q(until__gt=now), status=FailureStatus.KNOWN)


class FailureGroup(models.Model):
    kind = models.CharField(_("kind"), max_length=255)  # Job.name
    # Job.cause; "" of rows from before there were causes, which are told apart by the class of their error.
    cause = models.CharField(_("cause"), max_length=255, blank=True)
    error_class = models.CharField(_("error class"), max_length=255, blank=True)

    # Of jobs that are kept, and ended before TallyProgress.failures_until.
    failed = models.BigIntegerField(_("failed"), default=0)
    repaired = models.BigIntegerField(_("repaired"), default=0)  # of these, until TallyProgress.repairs_until
    removed = models.BigIntegerField(_("removed since"), default=0)  # by the retention, counted above no more
    # Of all of them, removed ones too; one more than touched.MOST stands for more than that.
    people = models.PositiveIntegerField(_("people"), default=0)
    schedules = models.PositiveIntegerField(_("schedules"), default=0)
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))

    status = models.CharField(_("status"), max_length=16, choices=FailureStatus, default=FailureStatus.NEW)
    status_at = models.DateTimeField(null=True)  # NULL: nobody has decided anything yet
    revision = models.PositiveIntegerField(default=0)  # counts decisions: each says which one it answers
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    note = models.CharField(_("what to know"), max_length=500, blank=True)
    until = models.DateTimeField(_("until"), null=True)
    release = models.CharField(_("repaired with"), max_length=64, blank=True)  # the version
    disproved_by = models.CharField(max_length=255, blank=True)  # the job that failed with it again

    class Meta:
        verbose_name = _("cause of failures")
        verbose_name_plural = _("causes of failures")
        ordering = ["-last_at", "-id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "cause", "error_class"], name="one_group_per_cause")
        ]
        indexes = [
            models.Index(fields=["-last_at", "-id"], name="failures_latest"),
            models.Index(fields=["status", "-last_at"], name="failures_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.kind.rpartition('.')[2]} {self.cause or self.error_class}"

    def is_to_look_at(self, now: datetime) -> bool:
        """As `to_look_at` finds it."""
        return self.status == FailureStatus.NEW or (
            self.status == FailureStatus.KNOWN and self.until is not None and self.until <= now
        )


class FailureDecision(models.Model):
    """One step of a cause's history: what somebody decided, or which run opened it again."""

    group = models.ForeignKey(FailureGroup, models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )  # NULL: nobody, a run did
    status = models.CharField(max_length=16, choices=FailureStatus)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True)
    until = models.DateTimeField(null=True)
    release = models.CharField(max_length=64, blank=True)
    job_id = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name = _("decision about a cause")
        verbose_name_plural = _("decisions about causes")
        ordering = ["-at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.group_id}: {self.status}"


class FailureTally(models.Model):
    """How many failed with one cause in one span of time; kept for as long as a page shows that span."""

    class Span(models.IntegerChoices):
        """Minutes."""

        MINUTES = 5
        HOUR = 60
        DAY = 1440

    group = models.ForeignKey(FailureGroup, models.CASCADE, related_name="tallies", db_index=False)
    span = models.PositiveSmallIntegerField(choices=Span)
    begins = models.DateTimeField()
    count = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("failures of a time")
        verbose_name_plural = _("failures of a time")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["group", "span", "begins"], name="one_tally_per_cause_and_time")
        ]
        indexes = [models.Index(fields=["span", "begins"], name="failure_tally_by_age")]

    def __str__(self) -> str:
        return f"{self.group_id}, {self.span} min from {self.begins}: {self.count}"


class FailureTouch(models.Model):
    """A person or a schedule that failures of one cause touched, once each."""

    class Sort(models.TextChoices):
        PERSON = "person"
        SCHEDULE = "schedule"

    group = models.ForeignKey(FailureGroup, models.CASCADE, related_name="touched", db_index=False)
    sort = models.CharField(max_length=8, choices=Sort)
    key = models.CharField(max_length=100)  # "backoffice.recipient:42"; of a schedule its key alone

    class Meta:
        verbose_name = _("touched by failures")
        verbose_name_plural = _("touched by failures")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["group", "sort", "key"], name="touched_once_by_a_cause")
        ]

    def __str__(self) -> str:
        return f"{self.group_id}: {self.sort} {self.key}"
