"""What a job's runs wrote to the log, a row a buffer: see docs/decisions/0030."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LogChunk(models.Model):
    """The lines that one run wrote since its last chunk, as `tasks_app/logs/lines.py` encodes them.

    No foreign key: a line of a job that is gone harms nobody, and a key would lock its job's row.
    """

    job_id = models.CharField(max_length=255)
    run = models.PositiveIntegerField()  # as the job's `runs`, and the number of an attempt
    at = models.DateTimeField()  # when it was written
    lines = models.TextField()
    count = models.PositiveIntegerField()  # of its lines
    size = models.PositiveIntegerField()  # bytes of their texts
    left_out = models.PositiveIntegerField(default=0)  # lines that were too many, by number or by bytes

    class Meta:
        verbose_name = _("log lines")
        verbose_name_plural = _("log lines")
        default_permissions = ()
        indexes = [models.Index(fields=["job_id"], name="log_by_job")]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.run}"
