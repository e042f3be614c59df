"""The shelf: issues of a report about one period, which of them are held, and what each person likes best."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.models.reports import Report
from tasks_app.db.folded_field import FoldedField


class Binder(models.Model):
    """All issues of one report about the same days, with the same parameters."""

    type = models.CharField(_("report"), max_length=64)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    # A digest of what else was asked for; "" for reports that ask for nothing but days.
    variant = models.CharField(max_length=32, blank=True, default="")
    title = models.CharField(_("title"), max_length=255)  # of its latest issue
    folded = FoldedField(of=("title",))
    issues_count = models.PositiveIntegerField(
        _("number of issues"), default=0
    )  # ever made: the last one's number
    latest_at = models.DateTimeField(_("latest issue"))

    class Meta:
        verbose_name = _("binder")
        verbose_name_plural = _("shelf")
        ordering = ["-latest_at", "-id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["type", "first_day", "last_day", "variant"], name="one_binder_per_period"
            )
        ]
        indexes = [
            models.Index(fields=["-latest_at", "-id"], name="binder_latest"),
            models.Index(fields=["type", "-latest_at", "-id"], name="binder_by_type"),
            models.Index(fields=["last_day", "first_day"], name="binder_by_days"),
        ]

    def __str__(self) -> str:
        return self.title


class Issue(models.Model):
    """A report's place on the shelf. Nothing of it changes: what is made anew is another issue."""

    report = models.OneToOneField(Report, models.CASCADE, primary_key=True, related_name="issue")
    binder = models.ForeignKey(Binder, models.CASCADE, related_name="issues", db_index=False)
    number = models.PositiveIntegerField(_("number"))
    # What it says at a glance, to be compared: [[label, value], …] in its language. NULL for one from before
    # there was a shelf, of which nobody knows.
    figures = models.JSONField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["binder", "number"], name="issue_number_once")]

    def __str__(self) -> str:
        return f"{self.report} ({self.number})"


class LegalHold(models.Model):
    """While it is there, the database lets nobody delete the report: neither the clean-up nor a person."""

    report = models.OneToOneField(Report, models.PROTECT, primary_key=True, related_name="hold")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        default_permissions = ()
        permissions = [("hold_report", _("Can put reports under legal hold and release them"))]

    def __str__(self) -> str:
        return f"{self.report}: {self.reason}"


class Favourite(models.Model):
    """A report that a person wants to find at once, whatever its period."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    type = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "type"], name="favourite_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.type}"
