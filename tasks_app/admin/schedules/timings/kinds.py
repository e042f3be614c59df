"""The form of each sort of timing, with the fields of beat's row."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_celery_beat.models import (
    SOLAR_SCHEDULES,
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    SolarSchedule,
)

from tasks_app.admin.moments import MomentField
from tasks_app.admin.schedules.form import kept_moment, zones
from tasks_app.admin.schedules.rows import Unit
from tasks_app.admin.schedules.timings.form import TimingForm
from tasks_app.schedules import causes
from tasks_app.schedules.rhythm import InvalidRhythm, known_zone

# --- Crontabs ------------------------------------------------------------------------------------


class PartField(forms.CharField):
    """One of the five fields of a crontab; `name` is its column."""

    def __init__(self, name: str, label: Any, help_text: Any) -> None:
        longest = CrontabSchedule._meta.get_field(name).max_length
        super().__init__(label=label, help_text=help_text, initial="*", max_length=longest)
        self.name = name

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        parts = re.sub(r"\s*([,/-])\s*", r"\1", text).split()
        if len(parts) > 5:
            raise ValidationError(str(causes.CRON_OF_SIX(count=len(parts))))
        if len(parts) > 1:
            raise ValidationError(str(causes.UNREADABLE[self.name](value=text, field=self.name)))
        return parts[0]


class ZoneField(forms.ChoiceField):
    """A time zone by its name; one that is not offered, or not known any more, is told for what it is."""

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)

    def clean(self, value: Any) -> Any:
        try:
            return known_zone(str(super().clean(value)))
        except InvalidRhythm as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial) != str(data)


class CrontabForm(TimingForm):
    minute = PartField("minute", gettext_lazy("Minutes"), gettext_lazy("0 to 59: “0”, “0,30”, “*/15”."))
    hour = PartField("hour", gettext_lazy("Hours"), gettext_lazy("0 to 23: “7”, “8-18”, “*” for every hour."))
    day_of_month = PartField(
        "day_of_month",
        gettext_lazy("Days of the month"),
        gettext_lazy(
            "1 to 31, “*” for every day. Days of the week that are named too have to match as well."
        ),
    )
    month_of_year = PartField(
        "month_of_year", gettext_lazy("Months"), gettext_lazy("1 to 12, “*” for every month.")
    )
    day_of_week = PartField(
        "day_of_week",
        gettext_lazy("Days of the week"),
        gettext_lazy("0 (Sunday) to 6, or “mon-fri”; “*” for every day."),
    )
    timezone = ZoneField(label=gettext_lazy("Time zone"), choices=zones, initial=settings.TIME_ZONE)

    class Meta:
        model = CrontabSchedule
        fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = str(self.initial.get("timezone") or "")
        if "timezone" in self.fields and own not in dict(zones()):
            zone = cast(forms.ChoiceField, self.fields["timezone"])
            zone.choices = [(own, own or "–"), *zones()]


# --- The others ----------------------------------------------------------------------------------


def units() -> list[tuple[str, Any]]:
    return [*Unit.choices, ("microseconds", _("microseconds"))]


class IntervalForm(TimingForm):
    every = forms.IntegerField(
        label=gettext_lazy("Every"),
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("Each schedule counts from its own beginning."),
    )
    period = forms.ChoiceField(label=gettext_lazy("Unit"), choices=units, initial=Unit.HOURS)

    class Meta:
        model = IntervalSchedule
        fields = ("every", "period")


class SolarForm(TimingForm):
    event = forms.ChoiceField(label=gettext_lazy("When the sun"), choices=SOLAR_SCHEDULES, initial="sunrise")
    latitude = forms.DecimalField(
        label=gettext_lazy("Latitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text=gettext_lazy("In degrees, north of the equator: 48.8566 is Paris."),
    )
    longitude = forms.DecimalField(
        label=gettext_lazy("Longitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text=gettext_lazy("In degrees, east of Greenwich: 2.3522 is Paris."),
    )

    class Meta:
        model = SolarSchedule
        fields = ("event", "latitude", "longitude")


class ClockedForm(TimingForm):
    clocked_time = MomentField(
        label=pgettext_lazy("field", "On"),
        widget=forms.DateTimeInput,
        help_text=gettext_lazy("Each of its schedules runs then, once."),
    )

    class Meta:
        model = ClockedSchedule
        fields = ("clocked_time",)

    def clean_clocked_time(self) -> datetime | None:
        stored = self.initial.get("clocked_time")
        found = kept_moment(self.cleaned_data["clocked_time"], stored)
        if found is not None and found != stored and found <= timezone.now():
            raise ValidationError(_("This moment has passed: choose one to come."))
        return found
