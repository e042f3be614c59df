"""What a schedule was, each time that it changed."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_celery_beat.models import PeriodicTask

WHY_LENGTH = 500  # characters


class Made(models.TextChoices):
    """How a version came about."""

    EDITED = "edited", pgettext_lazy("version", "Saved on a page")
    FOUND = "found", pgettext_lazy("version", "Changed past the pages: in a shell, by a fixture or a program")
    IMPORTED = "imported", pgettext_lazy("version", "Imported from a file")
    BACK = "back", pgettext_lazy("version", "Put back as it was")
    OVER = "over", pgettext_lazy("version", "Switched off after its only run")
    DELETED = "deleted", pgettext_lazy("version", "Deleted")


class ScheduleVersion(models.Model):
    """One definition of a schedule, whole. It outlives the schedule, so that this can be put back."""

    schedule = models.ForeignKey(
        PeriodicTask,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="versions",
        verbose_name=_("schedule"),
    )
    number = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("since"))
    # NULL: nobody, or somebody whom a shell does not name.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    made = models.CharField(max_length=8, choices=Made)
    why = models.CharField(_("reason"), max_length=WHY_LENGTH, blank=True)
    # See tasks_app/schedules/versions/definition.py; of one that was deleted, what it was until then.
    definition = models.JSONField(encoder=DjangoJSONEncoder)
    digest = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("version of a schedule")
        verbose_name_plural = _("versions of schedules")
        ordering = ["-number"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["schedule", "number"], name="one_version_per_number")]
        # Those that were deleted are found without reading every version.
        indexes = [models.Index(fields=["at"], name="deleted_schedules", condition=models.Q(made="deleted"))]

    def __str__(self) -> str:
        return f"{self.definition.get('name', '')} {self.number}"
