"""By when a schedule is done, as somebody promised it, and a row a day of what came of that."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from tasks_app import zones
from tasks_app.models.calendar import Calendar
from tasks_app.models.caused import Caused


class PromisedDays(models.TextChoices):
    WORKING = "working", _("On working days")
    RUNS = "runs", _("On each day that it runs")


class SchedulePromise(models.Model):
    """Done by a time of the day, on some days. Nothing is saved that cannot be followed."""

    schedule = models.OneToOneField(
        PeriodicTask, models.CASCADE, related_name="promise", primary_key=True, verbose_name=_("schedule")
    )
    done_by = models.TimeField(_("done by"))
    zone = models.CharField(_("time zone"), max_length=63)
    days = models.CharField(_("days"), max_length=8, choices=PromisedDays, default=PromisedDays.WORKING)
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, blank=True, related_name="promises", verbose_name=_("calendar")
    )
    since = models.DateTimeField(editable=False)  # what was to be done before is no promise
    # The first deadline that is not decided yet; NULL: to be worked out.
    next_deadline = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)

    class Meta:
        verbose_name = _("promise of a schedule")
        verbose_name_plural = _("promises of schedules")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.done_by:%H:%M} {self.zone}"

    def save(self, *args: Any, **options: Any) -> None:
        self.full_clean(exclude=["schedule"])
        super().save(*args, **options)

    def clean(self) -> None:
        if zones.known(self.zone) is None:
            raise ValidationError({"zone": _("This is no time zone that is known here: choose another one.")})


class PromiseDay(Caused):
    """A day on which it was to be done: kept or broken, why, and by which slot. It outlives its slots."""

    sentence_column = "reason"

    schedule = models.ForeignKey(
        PeriodicTask,
        models.SET_NULL,
        null=True,
        related_name="promise_days",
        db_index=False,
        verbose_name=_("schedule"),
    )
    schedule_name = models.CharField(_("schedule"), max_length=200)
    day = models.DateField(_("day"))  # of the promise's own zone
    deadline = models.DateTimeField(_("to be done by"))
    kept = models.BooleanField(_("kept"))
    done_at = models.DateTimeField(_("done"), null=True)
    moment = models.DateTimeField(_("run"), null=True)  # of the slot that decided it
    job_id = models.CharField(max_length=255, blank=True)
    # In its writer's language; of a day that was kept by a run again what kept it.
    reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("day of a promise")
        verbose_name_plural = _("days of promises")
        default_permissions = ()
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["schedule", "day"], name="one_day_of_a_promise")]
        indexes = [
            models.Index(fields=["day"], name="promise_by_day"),
            models.Index(fields=["schedule", "-day"], name="promise_broken", condition=Q(kept=False)),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_name} {self.day}"
