"""How often a subscription comes, in the words of its form; rows of a schedule are made of them, and back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from backoffice.reports.periods import fiscal
from tasks_app.admin.schedules.form import time_field, weekdays
from tasks_app.admin.schedules.kinds import RhythmKind
from tasks_app.admin.schedules.rows import ROWS, initial_of, rhythm_row
from tasks_app.admin.schedules.rules import give_rule, rule_values
from tasks_app.models import Calendar, Counted, OnDayOff

QUARTERS = [1, 4, 7, 10]  # the months in which they begin


class Often(models.TextChoices):
    WORKING = "working", _("Every working day")
    WEEKLY = "weekly", _("Every week, on one day")
    FIRST_WORKING = "first_working", _("On the first working day of the month")
    LAST_WORKING = "last_working", _("On the last working day of the month")
    MONTH_DAY = "month_day", _("On a day of the month, or the working day after")
    QUARTER = "quarter", _("On the first working day of the quarter")
    FISCAL_YEAR = "fiscal_year", _("On the first working day of the fiscal year")
    KEEP = "keep", _("Leave it as it is")


# Of working days that are counted in a month: which, in which months.
BY_POSITION: dict[tuple[int, tuple[int, ...]], Often] = {
    (1, ()): Often.FIRST_WORKING,
    (-1, ()): Often.LAST_WORKING,
    (1, tuple(QUARTERS)): Often.QUARTER,
}


ASKS = {Often.WEEKLY: "weekday", Often.MONTH_DAY: "day"}  # what one needs besides the time


class RhythmForm(forms.Form):
    often = forms.ChoiceField(label=_("How often"), choices=Often.choices, initial=Often.FIRST_WORKING)
    weekday = forms.TypedChoiceField(
        label=_("Day of the week"),
        coerce=int,
        choices=weekdays,
        initial=1,
        required=False,
        widget=forms.Select,
    )
    day = forms.IntegerField(
        label=_("Day of the month"),
        initial=1,
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        widget=forms.NumberInput,
        help_text=_("From 1 to 28, which every month has."),
    )
    time = time_field(_("At"), "07:00")
    calendar = forms.ModelChoiceField(
        label=_("Calendar of working days"),
        required=False,
        queryset=Calendar.objects.all(),
        empty_label=_("Monday to Friday, no public holidays"),
    )

    def __init__(self, data: Any = None, *, schedule: PeriodicTask | None = None, **options: Any) -> None:
        initial = initial_rhythm(schedule) if schedule else {}
        super().__init__(data, initial=initial, **options)
        for often, name in ASKS.items():  # the page shows it only while that is chosen
            self.fields[name].widget.attrs["data-shown-when"] = f"{self.add_prefix('often')}={often.value}"
        if initial.get("often") != Often.KEEP:
            others = [one for one in Often.choices if one[0] != Often.KEEP]
            self.fields["often"].choices = others  # type: ignore[attr-defined]  # of a ChoiceField

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        for name in (ASKS.get(given.get("often", "")), "time"):
            if name and name not in self.errors and given.get(name) in (None, ""):
                self.add_error(name, _("This rhythm needs it."))
        return given

    def give(self, schedule: PeriodicTask) -> None:
        """Its rows, unsaved, to the schedule; none where the rhythm is left as it is."""
        if self.cleaned_data["often"] == Often.KEEP:
            return
        fields = self._fields()
        row = rhythm_row(fields)
        for column, model in ROWS.items():
            setattr(schedule, column, row if isinstance(row, model) else None)
        give_rule(schedule, rule_values(fields))

    def _fields(self) -> dict[str, Any]:
        """What the form of schedules would have been filled in with."""
        given = self.cleaned_data
        shared = {"time": given["time"], "zone": settings.TIME_ZONE, "calendar": given["calendar"]}
        return shared | {"months": [], "weekdays": [], "on_day_off": OnDayOff.RUN} | self._days()

    def _days(self) -> dict[str, Any]:
        nth = {"kind": RhythmKind.NTH, "counted": Counted.WORKING_DAY}
        monthly = {"kind": RhythmKind.MONTHLY, "on_day_off": OnDayOff.AFTER}
        fiscal_month, fiscal_day = fiscal.beginning()
        days: dict[str, dict[str, Any]] = {
            Often.WORKING: {"kind": RhythmKind.WORKING},
            Often.WEEKLY: {"kind": RhythmKind.WEEKLY, "weekdays": [self.cleaned_data["weekday"]]},
            Often.FIRST_WORKING: nth | {"position": 1},
            Often.LAST_WORKING: nth | {"position": -1},
            Often.MONTH_DAY: monthly | {"day": self.cleaned_data["day"]},
            Often.QUARTER: nth | {"position": 1, "months": QUARTERS},
            Often.FISCAL_YEAR: monthly | {"day": fiscal_day, "months": [fiscal_month]},
        }
        return days[self.cleaned_data["often"]]


def initial_rhythm(schedule: PeriodicTask) -> dict[str, Any]:
    """The form's values for a schedule that it made; of another, that it stays as it is."""
    values = initial_of(schedule)
    often = _often(values)
    found = {name: values[name] for name in ("time", "calendar", "day") if values.get(name) is not None}
    days = values.get("weekdays") or []
    return found | {"often": often} | ({"weekday": days[0]} if days else {})


def _often(values: dict[str, Any]) -> Often:
    kind, months = values["kind"], list(values.get("months") or [])
    if kind == RhythmKind.WORKING and not months:
        return Often.WORKING
    if kind == RhythmKind.WEEKLY and len(values["weekdays"]) == 1 and not months:
        return Often.WEEKLY
    if kind == RhythmKind.NTH and values["counted"] == Counted.WORKING_DAY:
        return BY_POSITION.get((values["position"], tuple(months)), Often.KEEP)
    if kind == RhythmKind.MONTHLY and values.get("on_day_off") == OnDayOff.AFTER:
        fiscal_month, fiscal_day = fiscal.beginning()
        if not months and values["day"] <= 28:
            return Often.MONTH_DAY
        if months == [fiscal_month] and values["day"] == fiscal_day:
            return Often.FISCAL_YEAR
    return Often.KEEP
