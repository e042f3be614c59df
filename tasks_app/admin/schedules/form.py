"""A schedule as a person fills it in: name, rhythm in friendly fields, bounds. Rows are made from it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_celery_beat.models import SOLAR_SCHEDULES, PeriodicTask

from tasks_app.admin.moments import MomentField
from tasks_app.admin.schedules.kinds import ASKS, RhythmKind
from tasks_app.admin.schedules.policies import PolicyFields, policy_values
from tasks_app.admin.schedules.rows import ROWS, Unit, initial_of, rhythm_row
from tasks_app.admin.schedules.rules import give_rule, rule_values
from tasks_app.db.bad_rows import begin_unread_anew, or_none
from tasks_app.models import AfterDowntime, Calendar, Counted, OnDayOff
from tasks_app.schedules import causes
from tasks_app.schedules.phrases import LONGEST
from tasks_app.schedules.planning import never_comes
from tasks_app.schedules.rhythm import InvalidRhythm, rhythm_of
from tasks_app.schedules.rhythm.words import ORDINALS
from tasks_app.schedules.slot_rows import MOST_MISSED_RUNS


@cache
def zones() -> list[tuple[str, str]]:
    """Places, without the names kept for old programs: asked of the host once."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *places]]


def weekdays() -> list[tuple[int, str]]:
    """From Monday on, each by its number in a crontab."""
    return [((day + 1) % 7, capfirst(WEEKDAYS[day])) for day in range(7)]


def counted() -> list[tuple[str, Any]]:
    """What is counted in a month: days, working days, or those of one name."""
    named = [(str(number), name) for number, name in weekdays()]
    return [(one.value, one.label) for one in (Counted.DAY, Counted.WORKING_DAY)] + named


def time_field(label: Any, initial: str) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, initial=initial, widget=forms.TimeInput(attrs={"type": "time"})
    )


def crontab_field(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, initial="*", max_length=120)


class ScheduleForm(PolicyFields):
    """Everything about a schedule but the job's own arguments, which have the job's own form."""

    name = forms.CharField(label=_("Name"), max_length=200)
    phrase = forms.CharField(
        label=_("In your own words"),
        required=False,
        strip=True,
        max_length=LONGEST,
        help_text=_(
            "“every weekday at 8”, “the last working day of the month at 18:00”, “every 15 minutes between 8 "
            "and 18”, or five fields of cron. It fills in the fields below, and counts once you saved them."
        ),
    )
    kind = forms.ChoiceField(
        label=_("How often"),
        choices=RhythmKind.choices,
        initial=RhythmKind.DAILY,
        widget=forms.RadioSelect,
    )
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
        choices=weekdays,
        widget=forms.CheckboxSelectMultiple,
    )
    position = forms.TypedChoiceField(
        label=_("Which one"),
        required=False,
        coerce=int,
        initial=-1,
        choices=[(number, capfirst(word)) for number, word in ORDINALS.items() if abs(number) <= 5],
    )
    counted = forms.ChoiceField(
        label=_("Which day"), required=False, choices=counted, initial=Counted.WORKING_DAY
    )
    day = forms.IntegerField(
        label=_("Day of the month"),
        required=False,
        initial=1,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("A month without this day (29, 30, 31) is left out."),
    )
    time = time_field(_("At"), "07:00")
    step = forms.IntegerField(
        label=_("Every so many minutes"),
        required=False,
        initial=15,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
    )
    from_time = time_field(_("From"), "08:00")
    until_time = time_field(_("Until"), "18:00")
    event = forms.ChoiceField(
        label=_("When the sun"), required=False, choices=SOLAR_SCHEDULES, initial="sunrise"
    )
    latitude = forms.DecimalField(
        label=_("Latitude"),
        required=False,
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text=_("In degrees, north of the equator: 48.8566 is Paris."),
    )
    longitude = forms.DecimalField(
        label=_("Longitude"),
        required=False,
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text=_("In degrees, east of Greenwich: 2.3522 is Paris."),
    )
    moment = MomentField(label=pgettext_lazy("field", "On"), required=False, widget=forms.DateTimeInput)
    minute = crontab_field(_("Minutes"), _("0 to 59: “0”, “0,30”, “*/15”."))
    hour = crontab_field(_("Hours"), _("0 to 23: “7”, “8-18”, “*” for every hour."))
    day_of_month = crontab_field(_("Days of the month"), _("1 to 31, “*” for every day."))
    month_of_year = crontab_field(_("Months"), _("1 to 12, “*” for every month."))
    day_of_week = crontab_field(_("Days of the week"), _("0 (Sunday) to 6, or “mon-fri”; “*” for every day."))
    months = forms.TypedMultipleChoiceField(
        label=_("In these months only"),
        required=False,
        coerce=int,
        choices=[(number, capfirst(name)) for number, name in MONTHS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: in all of them."),
    )
    zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones, initial=settings.TIME_ZONE)
    on_day_off = forms.ChoiceField(
        label=_("On a day off"), required=False, choices=OnDayOff.choices, initial=OnDayOff.RUN
    )
    calendar = forms.ModelChoiceField(
        label=_("Calendar of working days"),
        required=False,
        queryset=Calendar.objects.all(),
        empty_label=_("Monday to Friday, no public holidays"),
        help_text=_("Which days are worked. It counts where days off matter to the rhythm."),
    )

    start_time = MomentField(
        label=_("Not before"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=_("A rhythm of “every so often” is counted from here."),
    )
    expires = MomentField(label=_("Not after"), required=False, widget=forms.DateTimeInput)
    after_downtime = forms.ChoiceField(
        label=_("If times were missed"),
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

    said = ""  # the phrase that its fields were filled in from
    time_unsaid = False  # which named no time, so that it stayed what it was

    def __init__(self, data: Any = None, *, schedule: PeriodicTask | None = None, **options: Any) -> None:
        self.schedule = schedule
        initial = initial_of(schedule) | policy_values(schedule) if schedule else None
        super().__init__(data, initial=initial, **options)
        if self.initial.get("kind") != RhythmKind.KEEP:
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
        first, last = data.get("from_time"), data.get("until_time")
        if data.get("kind") == RhythmKind.BETWEEN and first and last and last < first:
            over_midnight = causes.SPAN_OVER_MIDNIGHT(field="until_time")
            self.add_error("until_time", str(over_midnight))
        if not self.errors:
            self._try_rhythm()
        return data

    def clean_start_time(self) -> datetime | None:
        return kept_moment(self.cleaned_data["start_time"], self.initial.get("start_time"))

    def clean_expires(self) -> datetime | None:
        return kept_moment(self.cleaned_data["expires"], self.initial.get("expires"))

    def clean_moment(self) -> datetime | None:
        return kept_moment(self.cleaned_data["moment"], self._known_moment())

    def _known_moment(self) -> datetime | None:
        schedule = self.schedule
        known = schedule and or_none(lambda: schedule.clocked)
        return known.clocked_time if known else None

    def _is_new_and_past(self, moment: datetime | None) -> bool:
        return moment is not None and moment != self._known_moment() and moment <= timezone.now()

    def _try_rhythm(self) -> None:
        schedule, now = self.unsaved(), timezone.now()
        try:
            rhythm = rhythm_of(schedule, now)
            never = None if rhythm.after(now) else never_comes(schedule, rhythm)
            if never:
                raise InvalidRhythm(never)
        except InvalidRhythm as error:
            asked = ASKS[self.cleaned_data["kind"]]
            self.add_error(error.field if error.field in asked else "kind", str(error))

    def unsaved(self) -> PeriodicTask:
        """The schedule as this valid form describes it; its rhythm row is not saved either."""
        data, kind = self.cleaned_data, self.cleaned_data["kind"]
        row = self.schedule or PeriodicTask()
        begin_unread_anew(row)
        if kind != RhythmKind.KEEP:
            rhythm = rhythm_row(data)
            for column, model in ROWS.items():
                setattr(row, column, rhythm if isinstance(rhythm, model) else None)
            give_rule(row, rule_values(data))
        row.name, row.enabled = data["name"], data["enabled"]
        row.start_time, row.expires = data["start_time"], data["expires"]
        row.one_off = data["one_off"] or kind == RhythmKind.ONCE
        if row.expires:
            row.expire_seconds = None  # beat allows one of the two
        return row


def kept_moment(entered: datetime | None, stored: datetime | None) -> datetime | None:
    """The stored moment where the same minute was entered: the page shows no seconds."""
    if entered and stored and entered == stored.replace(second=0, microsecond=0):
        return stored
    return entered
