"""A schedule as a person fills it in: name, rhythm in friendly fields, bounds. Rows are made from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask

from tasks_app.models import AfterDowntime
from tasks_app.rhythm import InvalidRhythm, crontab_rhythm, rhythm_of
from tasks_app.slots import MOST_MISSED_RUNS

CRONTAB_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


class Kind(models.TextChoices):
    EVERY = "every", _("Every so often")
    DAILY = "daily", _("Every day at a time")
    WEEKLY = "weekly", _("On days of the week")
    MONTHLY = "monthly", _("On a day of the month")
    ONCE = "once", _("Once")
    CRONTAB = "crontab", _("Advanced (crontab)")
    KEEP = "keep", _("Leave the rhythm as it is")


class Unit(models.TextChoices):
    MINUTES = "minutes", _("minutes")
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    SECONDS = "seconds", _("seconds")


# Which fields each kind of rhythm asks for.
ASKS: dict[str, tuple[str, ...]] = {
    Kind.EVERY: ("number", "unit"),
    Kind.DAILY: ("time", "zone"),
    Kind.WEEKLY: ("weekdays", "time", "zone"),
    Kind.MONTHLY: ("day", "time", "zone"),
    Kind.ONCE: ("moment",),
    Kind.CRONTAB: (*CRONTAB_FIELDS, "zone"),
    Kind.KEEP: (),
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
    kind = forms.ChoiceField(label=_("When it runs"), choices=Kind.choices, initial=Kind.DAILY)
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
        choices=[((day + 1) % 7, WEEKDAYS[day].capitalize()) for day in range(7)],
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
    moment = forms.DateTimeField(label=_("On"), required=False, widget=forms.DateTimeInput)
    minute = crontab_field(_("Minutes"), _("0 to 59: “0”, “0,30”, “*/15”."))
    hour = crontab_field(_("Hours"), _("0 to 23: “7”, “8-18”, “*” for every hour."))
    day_of_month = crontab_field(_("Days of the month"), _("1 to 31, “*” for every day."))
    month_of_year = crontab_field(_("Months"), _("1 to 12, “*” for every month."))
    day_of_week = crontab_field(_("Days of the week"), _("0 (Sunday) to 6, or “mon-fri”; “*” for every day."))
    zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones, initial=settings.TIME_ZONE)

    start_time = forms.DateTimeField(
        label=_("Not before"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=_("A rhythm of “every so often” is counted from here."),
    )
    expires = forms.DateTimeField(label=_("Not after"), required=False, widget=forms.DateTimeInput)
    after_downtime = forms.ChoiceField(
        label=_("After a downtime"),
        choices=AfterDowntime.choices,
        initial=AfterDowntime.ONCE,
        help_text=_(
            "What to do with times that passed while no clock was running. “Run each missed time” makes up "
            "for the last %(number)d at most."
        )
        % {"number": MOST_MISSED_RUNS},
    )
    one_off = forms.BooleanField(
        label=_("Only once"), required=False, help_text=_("It is switched off after its next run.")
    )
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def __init__(self, data: Any = None, *, schedule: PeriodicTask | None = None, **options: Any) -> None:
        self.schedule = schedule
        super().__init__(data, initial=initial_of(schedule) if schedule else None, **options)
        if schedule is None or schedule.solar_id is None:
            self.fields["kind"].choices = [choice for choice in Kind.choices if choice[0] != Kind.KEEP]

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
        if data.get("kind") == Kind.ONCE and self._is_new_and_past(data.get("moment")):
            self.add_error("moment", _("This moment has passed: choose one to come."))
        if not self.errors:
            self._try_rhythm()
        return data

    def clean_start_time(self) -> datetime | None:
        return _kept(self.cleaned_data["start_time"], self.schedule and self.schedule.start_time)

    def clean_expires(self) -> datetime | None:
        return _kept(self.cleaned_data["expires"], self.schedule and self.schedule.expires)

    def clean_moment(self) -> datetime | None:
        return _kept(self.cleaned_data["moment"], self._known_moment())

    def _known_moment(self) -> datetime | None:
        known = self.schedule and self.schedule.clocked
        return known.clocked_time if known else None

    def _is_new_and_past(self, moment: datetime | None) -> bool:
        return moment is not None and moment != self._known_moment() and moment <= timezone.now()

    def _try_rhythm(self) -> None:
        try:
            rhythm_of(self.unsaved(), timezone.now())
        except InvalidRhythm as error:
            self.add_error("kind", str(error))

    def unsaved(self) -> PeriodicTask:
        """The schedule as this valid form describes it; its rhythm row is not saved either."""
        data, kind = self.cleaned_data, self.cleaned_data["kind"]
        row = self.schedule or PeriodicTask()
        if kind != Kind.KEEP:
            rhythm = rhythm_row(data)
            row.crontab = rhythm if isinstance(rhythm, CrontabSchedule) else None
            row.interval = rhythm if isinstance(rhythm, IntervalSchedule) else None
            row.clocked = rhythm if isinstance(rhythm, ClockedSchedule) else None
            row.solar = None
        row.name, row.enabled = data["name"], data["enabled"]
        row.start_time, row.expires = data["start_time"], data["expires"]
        row.one_off = data["one_off"] or kind == Kind.ONCE
        if row.expires:
            row.expire_seconds = None  # beat allows one of the two
        return row


def rhythm_row(data: dict[str, Any]) -> models.Model:
    """The crontab, interval or clocked row of these values: one that exists, else an unsaved one.

    Rows are shared by schedules, so one that exists is never changed.
    """
    kind = data["kind"]
    if kind == Kind.EVERY:
        return _found_or_new(IntervalSchedule, every=data["number"], period=data["unit"])
    if kind == Kind.ONCE:
        return _found_or_new(ClockedSchedule, clocked_time=data["moment"])
    fields = dict.fromkeys(CRONTAB_FIELDS, "*")
    if kind == Kind.CRONTAB:
        fields |= {name: "".join(data[name].split()) for name in CRONTAB_FIELDS}
    else:
        fields |= {"minute": str(data["time"].minute), "hour": str(data["time"].hour)}
    if kind == Kind.WEEKLY:
        fields["day_of_week"] = ",".join(map(str, sorted(data["weekdays"])))
    if kind == Kind.MONTHLY:
        fields["day_of_month"] = str(data["day"])
    return _found_or_new(CrontabSchedule, timezone=ZoneInfo(data["zone"]), **fields)


def _found_or_new(model: type[models.Model], **fields: Any) -> models.Model:
    return model._default_manager.filter(**fields).first() or model(**fields)


def initial_of(schedule: PeriodicTask) -> dict[str, Any]:
    """The form's values for an existing schedule, its rhythm in the friendliest fields that can say it."""
    options = getattr(schedule, "options", None)
    values: dict[str, Any] = {
        name: getattr(schedule, name) for name in ("name", "start_time", "expires", "one_off", "enabled")
    }
    values["after_downtime"] = options.after_downtime if options else AfterDowntime.ONCE
    if schedule.interval:
        values |= {"kind": Kind.EVERY, **_every(schedule.interval)}
    elif schedule.clocked:
        values |= {"kind": Kind.ONCE, "moment": schedule.clocked.clocked_time}
    elif schedule.crontab:
        values |= _friendly_crontab(schedule.crontab)
    else:
        values |= {"kind": Kind.KEEP}
    return values


def _every(interval: IntervalSchedule) -> dict[str, Any]:
    seconds = max(int(timedelta(**{interval.period: interval.every}).total_seconds()), 1)
    unit = next(unit for unit, size in UNITS.items() if seconds % size == 0)
    return {"number": seconds // UNITS[unit], "unit": unit}


def _friendly_crontab(row: CrontabSchedule) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in CRONTAB_FIELDS}
    values: dict[str, Any] = {"kind": Kind.CRONTAB, "zone": str(row.timezone)} | fields
    try:
        rhythm = crontab_rhythm(zone=str(row.timezone), **fields)
    except InvalidRhythm:
        return values
    if len(rhythm.minutes) > 1 or len(rhythm.hours) > 1 or len(rhythm.months) < 12:
        return values
    values["time"] = f"{rhythm.hours[0]:02d}:{rhythm.minutes[0]:02d}"
    every_date, every_weekday = len(rhythm.days) == 31, len(rhythm.weekdays) == 7
    if every_date and every_weekday:
        return values | {"kind": Kind.DAILY}
    if every_date:
        return values | {"kind": Kind.WEEKLY, "weekdays": list(rhythm.weekdays)}
    if every_weekday and len(rhythm.days) == 1:
        return values | {"kind": Kind.MONTHLY, "day": rhythm.days[0]}
    return values


def _kept(entered: datetime | None, stored: datetime | None) -> datetime | None:
    """The stored moment where the same minute was entered: the page shows no seconds."""
    if entered and stored and entered == stored.replace(second=0, microsecond=0):
        return stored
    return entered
