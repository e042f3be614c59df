"""Reports that were made, and who downloaded them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks_app.db.folded_field import FoldedField
from tasks_app.db.trigrams import trigram_index

REPORT_INDEX = trigram_index("report_trigrams", "backoffice_report", "folded", on_sqlite=False)


class Report(models.Model):
    """One finished file. The row appears with the job's end: never a row without its whole file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(_("type"), max_length=64)
    title = models.CharField(_("title"), max_length=255, db_index=True)
    format = models.CharField(_("format"), max_length=8)
    language = models.CharField(_("language"), max_length=8)
    parameters = models.JSONField(_("parameters"), default=dict)
    file = models.CharField(_("file"), max_length=255, unique=True)  # its name in Django's storage
    file_name = models.CharField(_("file name"), max_length=255)  # as it is downloaded
    size = models.PositiveBigIntegerField(_("size"))  # bytes
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    job_id = models.CharField(_("job"), max_length=255, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("ordered by")
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    folded = FoldedField(of=("title",))  # for searches, with REPORT_INDEX

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at", "-id"]
        permissions = [("order_report", _("Can order reports"))]
        constraints = [
            # One report per job in each format: whatever ran twice, only one run's files are known.
            models.UniqueConstraint(
                fields=["job_id", "format"], condition=~Q(job_id=""), name="one_report_per_job_and_format"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="report_newest"),
            models.Index(fields=["type", "-created_at"], name="report_by_type"),
        ]

    def __str__(self) -> str:
        return self.title


class Download(models.Model):
    report = models.ForeignKey(Report, models.CASCADE, related_name="downloads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    at = models.DateTimeField(_("downloaded"), auto_now_add=True)
    address = models.GenericIPAddressField(_("from address"), null=True)
    # Read in the page instead of saved as a file: it left the house all the same.
    preview = models.BooleanField(_("read on screen"), default=False)

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.report} – {self.at:%Y-%m-%d %H:%M}"
