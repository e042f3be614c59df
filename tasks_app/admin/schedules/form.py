"""A schedule as a person fills it in: name, rhythm in friendly fields, bounds. Rows are made from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask

from tasks_app.admin.moments import MomentField
from tasks_app.admin.schedules.rows import CRONTAB_FIELDS, RhythmKind, Unit, initial_of, rhythm_row
from tasks_app.db.bad_rows import begin_unread_anew, or_none
from tasks_app.models import AfterDowntime
from tasks_app.schedules.due_slots import MOST_MISSED_RUNS
from tasks_app.schedules.rhythm import InvalidRhythm, rhythm_of

# Which fields each kind of rhythm asks for.
ASKS: dict[str, tuple[str, ...]] = {
    RhythmKind.EVERY: ("number", "unit"),
    RhythmKind.DAILY: ("time", "zone"),
    RhythmKind.WEEKLY: ("weekdays", "time", "zone"),
    RhythmKind.MONTHLY: ("day", "time", "zone"),
    RhythmKind.ONCE: ("moment",),
    RhythmKind.CRONTAB: (*CRONTAB_FIELDS, "zone"),
    RhythmKind.KEEP: (),
}


def zones() -> list[tuple[str, str]]:
    """Places, without the names kept for old programs."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *places]]


def crontab_field(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, initial="*", max_length=120)


class ScheduleForm(forms.Form):
    """Everything about a schedule but the job's own arguments, which have the job's own form."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("When it runs"), choices=RhythmKind.choices, initial=RhythmKind.DAILY)
    number = forms.IntegerField(
        label=_("Every"),
        required=False,
        initial=1,
        validators=[MinValueValidator(1), MaxValueValidator(9999)],
    )
    unit = forms.ChoiceField(label=_("Unit"), required=False, choices=Unit.choices, initial=Unit.HOURS)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        required=False,
        coerce=int,
        choices=[((day + 1) % 7, capfirst(WEEKDAYS[day])) for day in range(7)],
        widget=forms.CheckboxSelectMultiple,
    )
    day = forms.IntegerField(
        label=_("Day of the month"),
        required=False,
        initial=1,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("A month without this day (29, 30, 31) is left out."),
    )
    time = forms.TimeField(
        label=_("At"), required=False, initial="07:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    moment = MomentField(label=pgettext_lazy("field", "On"), required=False, widget=forms.DateTimeInput)
    minute = crontab_field(_("Minutes"), _("0 to 59: “0”, “0,30”, “*/15”."))
    hour = crontab_field(_("Hours"), _("0 to 23: “7”, “8-18”, “*” for every hour."))
    day_of_month = crontab_field(_("Days of the month"), _("1 to 31, “*” for every day."))
    month_of_year = crontab_field(_("Months"), _("1 to 12, “*” for every month."))
    day_of_week = crontab_field(_("Days of the week"), _("0 (Sunday) to 6, or “mon-fri”; “*” for every day."))
    zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones, initial=settings.TIME_ZONE)

    start_time = MomentField(
        label=_("Not before"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=_("A rhythm of “every so often” is counted from here."),
    )
    expires = MomentField(label=_("Not after"), required=False, widget=forms.DateTimeInput)
    after_downtime = forms.ChoiceField(
        label=_("After a downtime"),
        choices=AfterDowntime.choices,
        initial=AfterDowntime.ONCE,
        help_text=format_lazy(
            _(
                "What to do with times that passed while no clock was running. “Run each missed time” makes "
                "up for the last {number} at most."
            ),
            number=MOST_MISSED_RUNS,
        ),
    )
    one_off = forms.BooleanField(
        label=_("Only once"), required=False, help_text=_("It is switched off after its next run.")
    )
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def __init__(self, data: Any = None, *, schedule: PeriodicTask | None = None, **options: Any) -> None:
        self.schedule = schedule
        super().__init__(data, initial=initial_of(schedule) if schedule else None, **options)
        if schedule is None or schedule.solar_id is None:
            cast(forms.ChoiceField, self.fields["kind"]).choices = [
                choice for choice in RhythmKind.choices if choice[0] != RhythmKind.KEEP
            ]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        taken = PeriodicTask.objects.filter(name=name)
        if self.schedule is not None:
            taken = taken.exclude(pk=self.schedule.pk)
        if taken.exists():
            raise ValidationError(_("There is a schedule with this name already: choose another one."))
        return str(name)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for field in ASKS.get(data.get("kind", ""), ()):
            if field not in self.errors and data.get(field) in (None, "", []):
                self.add_error(field, _("This rhythm needs it."))
        start, end = data.get("start_time"), data.get("expires")
        if start and end and end <= start:
            self.add_error("expires", _("This is before it begins."))
        if data.get("kind") == RhythmKind.ONCE and self._is_new_and_past(data.get("moment")):
            self.add_error("moment", _("This moment has passed: choose one to come."))
        if not self.errors:
            self._try_rhythm()
        return data

    def clean_start_time(self) -> datetime | None:
        return _kept(self.cleaned_data["start_time"], self.initial.get("start_time"))

    def clean_expires(self) -> datetime | None:
        return _kept(self.cleaned_data["expires"], self.initial.get("expires"))

    def clean_moment(self) -> datetime | None:
        return _kept(self.cleaned_data["moment"], self._known_moment())

    def _known_moment(self) -> datetime | None:
        schedule = self.schedule
        known = schedule and or_none(lambda: schedule.clocked)
        return known.clocked_time if known else None

    def _is_new_and_past(self, moment: datetime | None) -> bool:
        return moment is not None and moment != self._known_moment() and moment <= timezone.now()

    def _try_rhythm(self) -> None:
        try:
            rhythm_of(self.unsaved(), timezone.now())
        except InvalidRhythm as error:
            by_hand = self.cleaned_data["kind"] == RhythmKind.CRONTAB
            self.add_error((by_hand and error.field) or "kind", str(error))

    def unsaved(self) -> PeriodicTask:
        """The schedule as this valid form describes it; its rhythm row is not saved either."""
        data, kind = self.cleaned_data, self.cleaned_data["kind"]
        row = self.schedule or PeriodicTask()
        begin_unread_anew(row)
        if kind != RhythmKind.KEEP:
            rhythm = rhythm_row(data)
            row.crontab = rhythm if isinstance(rhythm, CrontabSchedule) else None
            row.interval = rhythm if isinstance(rhythm, IntervalSchedule) else None
            row.clocked = rhythm if isinstance(rhythm, ClockedSchedule) else None
            row.solar = None
        row.name, row.enabled = data["name"], data["enabled"]
        row.start_time, row.expires = data["start_time"], data["expires"]
        row.one_off = data["one_off"] or kind == RhythmKind.ONCE
        if row.expires:
            row.expire_seconds = None  # beat allows one of the two
        return row


def _kept(entered: datetime | None, stored: datetime | None) -> datetime | None:
    """The stored moment where the same minute was entered: the page shows no seconds."""
    if entered and stored and entered == stored.replace(second=0, microsecond=0):
        return stored
    return entered
