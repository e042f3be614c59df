"""What people choose when they order a report. Field names are the job's argument names."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.reports.periods import ImpossiblePeriod, Moving, grouped, resolve

# Pages show these fields only while the period is the one between two dates.
BETWEEN_DATES = {"data-shown-when": f"period={Moving.CUSTOM.value}"}


class Format(models.TextChoices):
    PDF = "pdf", _("PDF, to read and forward")
    CSV = "csv", _("CSV, for a spreadsheet")
    XLSX = "xlsx", _("XLSX, for Excel or LibreOffice")


class ReportForm(forms.Form):
    """What every report asks for."""

    format = forms.ChoiceField(label=_("Format"), choices=Format.choices, initial=Format.PDF)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        initial=lambda: get_language() or settings.LANGUAGE_CODE,
    )


class PeriodForm(ReportForm):
    """For reports about a span of time."""

    period = forms.ChoiceField(
        label=_("Period"),
        choices=grouped,
        initial=Moving.LAST_MONTH,
        help_text=_("On a schedule, a moving period is counted from each run: “last month” moves along."),
    )
    start = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", **BETWEEN_DATES}, format="%Y-%m-%d"),
        help_text=_("Only for a period between two dates."),
    )
    end = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", **BETWEEN_DATES}, format="%Y-%m-%d"),
        help_text=_("Included. Leave it empty for a single day."),
    )

    a_year_before = forms.BooleanField(
        label=_("The same period a year before"),
        required=False,
        help_text=_("To compare: “last month” is then the same month of the year before."),
    )

    field_order = ["period", "start", "end", "a_year_before", "format", "language"]

    def clean_a_year_before(self) -> bool | None:
        """Said only where it is so: orders from before it could be asked for look the same."""
        return True if self.cleaned_data["a_year_before"] else None

    def clean(self) -> dict[str, Any]:
        """Refuse an impossible period beside the date at fault; drop dates that a moving period ignores."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        period = cleaned.get("period")
        if period is None or "start" in self.errors or "end" in self.errors:
            return cleaned
        if period != Moving.CUSTOM:
            cleaned |= {"start": None, "end": None}
        try:
            resolve(
                period,
                timezone.now(),
                cleaned.get("start"),
                cleaned.get("end"),
                a_year_before=cleaned.get("a_year_before"),
            )
        except ImpossiblePeriod as error:
            self.add_error(error.field, str(error))
        return cleaned
