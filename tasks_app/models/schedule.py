"""What stands beside django-celery-beat's PeriodicTask: when it is next due, and what came of each slot."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from tasks_app.models.caused import Caused
from tasks_app.notices import Notice, say_in_general


class AfterDowntime(models.TextChoices):
    """What to do with slots that passed while no clock ran."""

    ONCE = "once", _("Run once")
    EACH = "each", _("Run each missed time")
    SKIP = "skip", _("Skip")


class ScheduleOptions(Caused):
    sentence_column = "invalid"

    schedule = models.OneToOneField(
        PeriodicTask, models.CASCADE, related_name="options", primary_key=True, verbose_name=_("schedule")
    )
    # NULL: never again (disabled, over, or invalid).
    next_slot = models.DateTimeField(_("next run"), null=True)
    # The moment that run stands for, where it was moved from a day off; NULL: next_slot itself.
    next_nominal = models.DateTimeField(_("next run's own time"), null=True)
    # Interval slots are anchor + k × period, never "last run + period".
    anchor = models.DateTimeField(_("counted from"))
    after_downtime = models.CharField(
        _("after a downtime"), max_length=8, choices=AfterDowntime, default=AfterDowntime.ONCE
    )
    # Two digests of 32 characters: of what decides the slots, then of what decides whether a job can be made.
    # When they differ from the schedule's, next_slot and invalid are worked out anew.
    definition = models.CharField(max_length=64, blank=True)
    # The number of the ScheduleVersion that these stand for; NULL: none is written yet.
    version = models.PositiveIntegerField(_("version"), null=True)
    # Why it cannot be dispatched, in a sentence; empty when it can.
    invalid = models.TextField(_("problem"), blank=True)
    # No column: why its owner may not launch it now, as the clock finds before it decides (owners.py).
    withheld: Notice | None = None

    class Meta:
        verbose_name = _("schedule options")
        verbose_name_plural = _("schedule options")
        permissions = [
            ("run_schedule", _("Can run schedules now")),
            ("pause_schedule", _("Can pause and resume schedules")),
            ("fill_in_schedule", _("Can fill in past times of schedules")),
        ]
        indexes = [
            models.Index(fields=["next_slot"], name="schedule_due", condition=Q(next_slot__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.schedule)


class SlotState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    LATE = "late", _("Done late")
    MISSED = "missed", _("Missed")
    SKIPPED = "skipped", _("Skipped")
    HELD = "held", _("Held back")


# Nothing came of it yet: its job is to come, or has not ended.
OPEN_SLOTS = (SlotState.QUEUED, SlotState.HELD)


class SlotHow(models.TextChoices):
    """Whose doing it is that there is a run of this moment."""

    RHYTHM = "", _("By its rhythm")
    HAND = "hand", _("Run by hand")
    CHANGED = "changed", _("Run by hand, with other arguments")
    FILLED = "filled", _("Filled in")


class SlotReason(models.TextChoices):
    """Why a slot of an older version came out as it did: a word that no error begins with and, after it, a
    moment."""

    RAN_LATE = "@ran_late", _("No clock was running at this time; it ran once one was.")
    RAN_ANOTHER = "@ran_another", _("No clock was running in time; the schedule ran for %(moment)s instead.")
    PASSED_OVER = "@passed_over", _("No clock was running in time, and this schedule skips what it missed.")
    UNLISTED = (
        "@unlisted",
        _("No clock was running from here on; what was missed until %(moment)s is not listed."),
    )
    CANCELLED = "@cancelled", _("Its job was cancelled.")


class Slot(Caused):
    """One moment of one schedule, and what came of it. It outlives its job and its schedule."""

    sentence_column = "reason"

    schedule = models.ForeignKey(
        PeriodicTask, models.SET_NULL, null=True, related_name="slots", verbose_name=_("schedule")
    )
    schedule_name = models.CharField(_("schedule"), max_length=200)
    moment = models.DateTimeField(_("moment"))
    # When it was due, where it was moved from a day off; NULL: at its moment.
    due = models.DateTimeField(_("moved to"), null=True)
    state = models.CharField(_("state"), max_length=8, choices=SlotState, default=SlotState.QUEUED)
    how = models.CharField(_("how"), max_length=8, choices=SlotHow, blank=True, default="", db_default="")
    # Until when it is or was held back, where it was: from then on it counts whether it started late. NULL
    # while it is held without an end.
    held_until = models.DateTimeField(_("held back until"), null=True)
    # Of its last job: one that ran or failed and is filled in gets another.
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1, db_default=1)
    # uuid5 of schedule, moment and attempt: two clocks make the same one. Empty when no job was made.
    job_id = models.CharField(max_length=255, blank=True, db_index=True)
    # In its writer's language; of an older version a SlotReason or a sentence.
    reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(_("decided"))  # when the clock took it
    # The number of the ScheduleVersion that decided it; NULL: of a time before there were any.
    version = models.PositiveIntegerField(_("version"), null=True)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["-moment"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "moment"], name="one_slot_per_moment"),
        ]
        indexes = [
            models.Index(fields=["decided_at"], name="slot_by_decision"),
            models.Index(
                fields=["schedule"], name="slot_open", condition=Q(state="queued") | Q(state="held")
            ),
            models.Index(fields=["held_until"], name="slot_held", condition=Q(state="held")),
            # What did not go as it should, among all that did; what waits or is done is not in it.
            models.Index(
                fields=["decided_at", "schedule"],
                name="slot_not_done",
                condition=Q(state="failed") | Q(state="late") | Q(state="missed") | Q(state="skipped"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_name} {self.moment:%Y-%m-%d %H:%M:%S}"

    @property
    def reason_text(self) -> str:
        """Its reason as a sentence, ours in the reader's language."""
        word, _space, moment = self.reason.partition(" ")
        if self.cause is None and word in SlotReason:
            return str(SlotReason(word).label) % {"moment": moment}
        if self.cause and self.cause_params is None:  # of its job, which has the parameters while it is kept
            return say_in_general(self.cause)
        return self.said


class SeenChange(models.Model):
    """One row: the `PeriodicTasks.last_change()` up to which all ScheduleOptions are worked out, and the same
    of our own rows: calendars and rules."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField(null=True)
    ours = models.CharField(max_length=200, blank=True, db_default="")  # an older clock names no such column

    class Meta:
        verbose_name = _("change of schedules seen by the clock")
        verbose_name_plural = _("changes of schedules seen by the clock")

    def __str__(self) -> str:
        return str(self.at)


class SeededSchedule(models.Model):
    """A name that was seeded once: a schedule that a person deleted or renamed does not come back."""

    name = models.CharField(primary_key=True, max_length=200)
    seeded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("seeded schedule")
        verbose_name_plural = _("seeded schedules")

    def __str__(self) -> str:
        return self.name
