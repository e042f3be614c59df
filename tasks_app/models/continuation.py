"""What waited behind a job that did not succeed, and went on once."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Continuation(models.Model):
    """Its row is the claim: whoever writes it lets the steps go on, and nobody can do so a second time."""

    # Of a chain or callbacks the first job of the family that stands before them, of a chord its group.
    key = models.CharField(primary_key=True, max_length=255)
    job_id = models.CharField(max_length=255)  # the re-run that it went on after
    root_id = models.CharField(max_length=255)  # of the work that it belongs to
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("continuation")
        verbose_name_plural = _("continuations")
        default_permissions = ()
        indexes = [models.Index(fields=["at"], name="continuation_by_age")]

    def __str__(self) -> str:
        return f"{self.key} after {self.job_id}"
