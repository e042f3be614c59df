"""Which days are worked, as people keep it; and what a schedule's own row adds to beat's rhythm."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_celery_beat.models import PeriodicTask

from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.rows import NO_WEEKEND, check


class Weekend(models.TextChoices):
    """ISO days of the week that are off."""

    OF_COUNTRY = "", _("As the country has it (else Saturday and Sunday)")
    SATURDAY_SUNDAY = "67", _("Saturday and Sunday")
    SUNDAY = "7", _("Sunday")
    FRIDAY_SATURDAY = "56", _("Friday and Saturday")
    FRIDAY = "5", _("Friday")
    NONE = NO_WEEKEND, _("No day of the week is off")


class ChangeNoted(models.QuerySet[Any]):
    """An UPDATE of many rows notes its time too, so that the clock sees it."""

    def update(self, **values: Any) -> int:
        return super().update(**{"changed_at": timezone.now()} | values)


class Noted(models.Model):
    """A row of which the clock follows the changes, whoever makes them; nothing is saved that cannot be read.

    A fixture's row has the time of its loading, as it names none.
    """

    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False, db_index=True)

    objects = ChangeNoted.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        self.full_clean()
        self.changed_at = timezone.now()
        super().save(*args, **options)


class Calendar(Noted):
    """A country's working days with a house's own, as lines of text (`tasks_app/calendars/own_days.py`)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("region"), max_length=10, blank=True)
    weekend = models.CharField(_("weekend"), max_length=7, choices=Weekend, blank=True)
    days_off = models.TextField(_("days off"), blank=True)
    days_on = models.TextField(_("days worked all the same"), blank=True)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            check(self)
        except InvalidCalendar as error:
            raise ValidationError(str(error.notice)) from error


class Counted(models.TextChoices):
    """What is counted in a month, from its first or from its last."""

    DAY = "day", pgettext_lazy("counted in a month", "day")
    WEEKDAY = "weekday", pgettext_lazy("counted in a month", "day of the week")
    WORKING_DAY = "working", pgettext_lazy("counted in a month", "working day")


class OnDayOff(models.TextChoices):
    RUN = "", _("Runs all the same")
    SKIP = "skip", _("Is left out")
    BEFORE = "before", _("Is moved to the working day before")
    AFTER = "after", _("Is moved to the working day after")


class ScheduleRule(Noted):
    """Which times of beat's rhythm count, which are moved: beat's row holds a superset, this the filter.

    A schedule without one follows beat's row alone.
    """

    schedule = models.OneToOneField(
        PeriodicTask, models.CASCADE, related_name="rule", primary_key=True, verbose_name=_("schedule")
    )
    # The n-th of a month, from its end where it is negative.
    counted = models.CharField(_("counted"), max_length=8, choices=Counted, blank=True)
    nth = models.SmallIntegerField(_("which one"), null=True, blank=True)
    # Every so many minutes between two times of a day, both included.
    every = models.PositiveSmallIntegerField(_("every so many minutes"), null=True, blank=True)
    first_time = models.TimeField(_("from"), null=True, blank=True)
    last_time = models.TimeField(_("until"), null=True, blank=True)
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, blank=True, related_name="rules", verbose_name=_("calendar")
    )
    on_day_off = models.CharField(_("on a day off"), max_length=6, choices=OnDayOff, blank=True)
    # Whose wall says which day it is, where beat's row has no zone; "": the installation's.
    zone = models.CharField(_("time zone"), max_length=63, blank=True)

    class Meta:
        verbose_name = _("rule of a schedule")
        verbose_name_plural = _("rules of schedules")
        constraints = [
            models.CheckConstraint(
                name="rule_counts_whole",
                condition=Q(counted="", nth=None)
                | Q(counted__in=Counted.values, nth__range=(-31, 31)) & ~Q(nth=0) & Q(nth__isnull=False),
                violation_error_message=_(
                    "What is counted in the month and which one it is belong together: from 1 to 31, or from "
                    "-1 (the last) to -31."
                ),
            ),
            models.CheckConstraint(
                name="rule_span_whole",
                condition=Q(every=None, first_time=None, last_time=None)
                | Q(every__range=(1, 1440), every__isnull=False, first_time__isnull=False)
                & Q(last_time__isnull=False, first_time__lte=F("last_time")),
                violation_error_message=_(
                    "Every so many minutes (1 to 1440) needs a time from which and one until which it runs, "
                    "the earlier one first: over midnight, make two schedules."
                ),
            ),
            models.CheckConstraint(
                name="rule_day_off_known",
                condition=Q(on_day_off__in=OnDayOff.values),
                violation_error_message=_("On a day off it runs, is left out, or is moved before or after."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.schedule)
