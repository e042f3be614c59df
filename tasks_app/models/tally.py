"""How many jobs ended, counted once each: the rows themselves are too many to count, and go in time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    kind = models.CharField(_("task"), max_length=255)
    outcome = models.CharField(_("state"), max_length=16)
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0.0)  # of all runs together
    # How many took at most each bound of counters.BOUNDS, and longer than the one before; the last: the rest.
    buckets = models.JSONField(default=list)

    class Meta:
        verbose_name = _("tally of jobs")
        verbose_name_plural = _("tallies of jobs")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "outcome"], name="one_tally_per_outcome")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}: {self.count}"


class HourTally(models.Model):
    """How many jobs ended so in one hour of the office's time zone: see hourly_counts.py."""

    hour = models.DateTimeField()  # its beginning
    outcome = models.CharField(_("state"), max_length=16)
    count = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("jobs of an hour")
        verbose_name_plural = _("jobs of an hour")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["hour", "outcome"], name="one_tally_per_hour")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M} {self.outcome}: {self.count}"


class TallyProgress(models.Model):
    """One row: jobs that ended before these moments are counted."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    until = models.DateTimeField()  # of Tally
    # After the time was set back: how many that end later than `until` are counted, by kind and outcome.
    counted_ahead = models.JSONField(null=True)
    hours_until = models.DateTimeField(null=True)  # of HourTally; NULL: nothing is yet
    # Of FailureGroup: failures that ended, and repairs that happened, up to these moments.
    failures_until = models.DateTimeField(null=True)
    repairs_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("progress of the tally")
        verbose_name_plural = _("progress of the tally")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.until)
