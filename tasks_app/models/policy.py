"""What people chose that stands against a run: policies, pauses, quiet periods; and fill-ins."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import or_none
from tasks_app.models.calendar import ChangeNoted, Noted
from tasks_app.models.queue import REASON_LENGTH

# A run of a schedule that fails or lasts is told after so many minutes at most: a week.
MOST_MINUTES = 7 * 24 * 60
MOST_FAILURES = 100
MOST_RETRIES = 50
FASTEST = 600  # runs a minute
LONGEST_QUIET = timedelta(days=366)


class IfRunning(models.TextChoices):
    """What a run does whose schedule has another one that has not ended."""

    BESIDE = "", _("Run beside it")
    SKIP = "skip", _("Skip")
    WAIT = "wait", _("Wait for its end; one waits at most")
    STOP = "stop", _("Stop it, and run once it has ended")


class Between(models.TextChoices):
    """What becomes of the times of a pause or of a quiet period."""

    SKIP = "skip", _("They are skipped")
    ONCE = "once", _("The last one runs when it ends")
    EACH = "each", _("Each one runs when it ends")


class ScheduleGroup(models.Model):
    """Schedules of which only one runs at a time. Its row is what two clocks lock to decide."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("group of schedules")
        verbose_name_plural = _("groups of schedules")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def minutes(label: Any) -> models.PositiveIntegerField[Any, Any]:
    bounds = [MinValueValidator(1), MaxValueValidator(MOST_MINUTES)]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=bounds)


class SchedulePolicy(Noted):
    """What a schedule does beside its rhythm; one without a row does as the defaults say.

    What becomes of times that no clock saw is `ScheduleOptions.after_downtime`.
    """

    schedule = models.OneToOneField(
        PeriodicTask, models.CASCADE, related_name="policy", primary_key=True, verbose_name=_("schedule")
    )
    if_running = models.CharField(
        _("if the last run is still going"), max_length=8, choices=IfRunning, blank=True
    )
    group = models.ForeignKey(
        ScheduleGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only one at a time of"),
    )
    # Paused after so many runs in a row that failed; NULL: it goes on.
    most_failures = models.PositiveSmallIntegerField(
        _("pause after so many failures in a row"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_FAILURES)],
    )
    # NULL: after a minute, as for all.
    late_after = minutes(_("late after so many minutes"))
    too_long_after = minutes(_("too long after so many minutes"))
    # NULL: as its job's kind declares.
    retries = models.PositiveSmallIntegerField(
        _("tried again so many times"), null=True, blank=True, validators=[MaxValueValidator(MOST_RETRIES)]
    )

    objects: ClassVar[Any] = ChangeNoted.as_manager()

    class Meta:
        verbose_name = _("policy of a schedule")
        verbose_name_plural = _("policies of schedules")
        constraints = [
            models.CheckConstraint(
                name="policy_if_running_known",
                condition=Q(if_running__in=IfRunning.values),
                violation_error_message=_(
                    "If the last run is still going, the next one runs beside it, is skipped, waits, or "
                    "stops it."
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.schedule)

    @property
    def waits_for_others(self) -> IfRunning:
        """Of a group none runs beside another: it waits, where nothing else is said."""
        return IfRunning(self.if_running or (IfRunning.WAIT if self.group_id else IfRunning.BESIDE))


class PauseQuerySet(ChangeNoted):
    def on(self, now: datetime) -> PauseQuerySet:
        """Those that hold: whoever asks whether a schedule is paused does it by this."""
        return self.filter(Q(until=None) | Q(until__gt=now), ended_at=None, begins_at__lte=now)


class SchedulePause(Noted):
    """A span of a schedule in which it makes no job. It ends by the time, whether or not a clock is there.

    Rows stay: a clock that was away decides by the pause that held then.
    """

    schedule = models.ForeignKey(
        PeriodicTask, models.CASCADE, related_name="pauses", verbose_name=_("schedule")
    )
    begins_at = models.DateTimeField(_("paused since"))
    until = models.DateTimeField(_("paused until"), null=True, blank=True)  # NULL: until it is resumed
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    # A pause that nobody asked for says why by a code, in its reader's language.
    failures = models.PositiveSmallIntegerField(null=True, editable=False)
    between = models.CharField(_("its times meanwhile"), max_length=8, choices=Between, default=Between.SKIP)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    ended_at = models.DateTimeField(_("resumed"), null=True, blank=True)  # before its end, by a person

    objects: ClassVar[Any] = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause of a schedule")
        verbose_name_plural = _("pauses of schedules")
        ordering = ["-begins_at", "-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["schedule"],
                condition=Q(ended_at=None, until=None),
                name="one_pause_without_end",
                violation_error_message=_("It is paused without an end already."),
            ),
            models.CheckConstraint(
                name="pause_ends_after_it_begins",
                condition=Q(until=None) | Q(until__gt=F("begins_at")),
                violation_error_message=_(
                    "The end of the pause is over already. Choose a later moment, or none."
                ),
            ),
            models.CheckConstraint(
                name="pause_between_known",
                condition=Q(between__in=Between.values),
                violation_error_message=_("Its times meanwhile are skipped, run once, or run each."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.begins_at:%Y-%m-%d %H:%M}"

    @property
    def end(self) -> datetime | None:
        """When it ends or ended; None where it has no end."""
        return min((one for one in (self.until, self.ended_at) if one), default=None)

    def holds(self, moment: datetime) -> bool:
        end = self.end
        return self.begins_at <= moment and (end is None or moment < end)


class QuietPeriod(Noted):
    """A time in which schedules make no job: of the whole house, of one queue or of one kind of job.

    Once, from a moment to another; or again and again, on days of the week from a time of the day to another,
    over midnight where the second is the earlier one.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    enabled = models.BooleanField(_("switched on"), default=True)
    queue = models.CharField(_("only this queue"), max_length=255, blank=True)
    kind = models.CharField(_("only this kind of job"), max_length=255, blank=True)
    between = models.CharField(_("runs in it"), max_length=8, choices=Between, default=Between.EACH)
    begins_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    # ISO numbers of the days on which it begins, as text: "67". "": every day.
    weekdays = models.CharField(_("days of the week"), max_length=7, blank=True)
    from_time = models.TimeField(_("from"), null=True, blank=True)
    until_time = models.TimeField(_("until"), null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=63, blank=True)  # "": the installation's

    objects: ClassVar[Any] = ChangeNoted.as_manager()

    class Meta:
        verbose_name = _("quiet period")
        verbose_name_plural = _("quiet periods")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="quiet_once_or_recurring",
                condition=Q(begins_at__isnull=False, ends_at__isnull=False, from_time=None, until_time=None)
                | Q(begins_at=None, ends_at=None, from_time__isnull=False, until_time__isnull=False),
                violation_error_message=_(
                    "It is either once, from a moment until another, or on days from a time until another: "
                    "fill in one of the two, wholly."
                ),
            ),
            models.CheckConstraint(
                name="quiet_of_one_thing",
                condition=Q(queue="") | Q(kind=""),
                violation_error_message=_("Choose a queue or a kind of job, not both."),
            ),
            models.CheckConstraint(
                name="quiet_between_known",
                condition=Q(between__in=Between.values),
                violation_error_message=_("Runs in it are skipped, run once when it ends, or run each."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone_is_known(self) -> bool:
        """On this host; what was written on another, or before an update of zones, may not be."""
        return not self.zone or or_none(lambda: ZoneInfo(self.zone)) is not None

    def clean(self) -> None:
        """Refuses what has no end: it would hold every run for ever."""
        if self.begins_at and self.ends_at:
            if self.ends_at <= self.begins_at:
                raise ValidationError({"ends_at": _("It ends before it begins: choose a later end.")})
            if self.ends_at - self.begins_at > LONGEST_QUIET:
                raise ValidationError(
                    {"ends_at": _("A quiet period takes a year at most: switch the schedules off instead.")}
                )
        if not self.zone_is_known:
            told = _("“%(zone)s” is no time zone that is known here: choose another one.")
            raise ValidationError({"zone": told % {"zone": self.zone}})
        if self.weekdays != "".join(sorted(set(self.weekdays) & set("1234567"))):
            raise ValidationError(
                {"weekdays": _("Days are numbers from 1 (Monday) to 7, each once, in order.")}
            )


class FillState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("fill-in", "Running")
    STOPPED = "stopped", pgettext_lazy("fill-in", "Stopped")
    FINISHED = "finished", pgettext_lazy("fill-in", "Finished")


class FillIn(models.Model):
    """Past times of a schedule that get their job after all, so many a minute; the clock makes them.

    `moments` are those that were shown before it began; `done` says how many of them were dealt with, in the
    transaction that dealt with them, so that a clock may be killed at any moment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schedule = models.ForeignKey(
        PeriodicTask, models.CASCADE, related_name="fill_ins", verbose_name=_("schedule")
    )
    state = models.CharField(_("state"), max_length=8, choices=FillState, default=FillState.RUNNING)
    # Pairs of ISO moments: what it stands for, and when it was due where it was moved (else null).
    moments = models.JSONField(default=list)
    total = models.PositiveIntegerField(_("times"))
    done = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(_("jobs made"), default=0)
    pace = models.PositiveSmallIntegerField(
        _("so many a minute"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(FASTEST)],
    )
    next_at = models.DateTimeField()  # when its next step is due
    why = models.JSONField(null=True, encoder=DjangoJSONEncoder)  # it stopped or waits: a plain notice
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    key = models.CharField(max_length=64, unique=True)  # of its form: a double click begins one
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("fill-in")
        verbose_name_plural = _("fill-ins")
        ordering = ["-created_at"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["next_at"], name="fill_in_due", condition=Q(state=FillState.RUNNING)),
        ]

    def __str__(self) -> str:
        return str(self.id)[:8]
