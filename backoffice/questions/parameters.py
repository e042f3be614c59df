"""What a question asks for: typed parameters, as lines of its form and as values of its statement.

A question that names `:period_start` and `:period_end`, the first moment and the first one after, asks for a
period, as other reports do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.reports.forms import PeriodForm, ReportForm

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Of the forms of all reports, and of their periods.
TAKEN = frozenset(
    {"format", "language", "period", "start", "end", "a_year_before", "period_start", "period_end"}
    | {"type", "first_day", "last_day"}
)
PERIOD = ("period_start", "period_end")
LONGEST_TEXT = 500
MOST_DIGITS, MOST_DECIMALS = 18, 6


class ParameterType(models.TextChoices):
    TEXT = "text", _("Text")
    INTEGER = "integer", _("Whole number")
    NUMBER = "number", _("Decimal number")
    DAY = "day", _("Day")
    BOOLEAN = "boolean", _("Yes or no")
    CHOICE = "choice", _("One of a list")


class ExactNumber(forms.DecimalField):
    """Its value is a text, which JSON keeps to the last digit."""

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else str(found)


@dataclass(frozen=True)
class Parameter:
    name: str  # as the statement has it, behind a colon
    label: str
    type: str = ParameterType.TEXT
    initial: str = ""
    choices: Sequence[str] = field(default_factory=tuple)

    def field(self) -> forms.Field:
        """The line of the question's form; raises ValidationError where `initial` is no value of it."""
        options: dict[str, Any] = {"label": self.label, "initial": self.initial or None}
        match self.type:
            case ParameterType.INTEGER:
                made: forms.Field = forms.IntegerField(min_value=-(2**63), max_value=2**63 - 1, **options)
            case ParameterType.NUMBER:
                made = ExactNumber(max_digits=MOST_DIGITS, decimal_places=MOST_DECIMALS, **options)
            case ParameterType.DAY:
                made = forms.DateField(
                    widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options
                )
            case ParameterType.BOOLEAN:
                options["initial"] = self.initial.lower() in ("yes", "true", "1")
                return forms.BooleanField(required=False, **options)
            case ParameterType.CHOICE:
                made = forms.ChoiceField(choices=[(one, one) for one in self.choices], **options)
            case _:
                made = forms.CharField(max_length=LONGEST_TEXT, **options)
        if self.initial:
            made.clean(self.initial)
        return made

    def stored(self) -> dict[str, Any]:
        return asdict(self) | {"choices": list(self.choices)}


def read(stored: Iterable[Mapping[str, Any]]) -> list[Parameter]:
    """Of a version's column; what a later version of this code adds is left out."""
    known = Parameter.__dataclass_fields__
    return [Parameter(**{name: one[name] for name in known if name in one}) for one in stored]


def form_of(parameters: Sequence[Parameter], *, asks_for_period: bool) -> type[forms.Form]:
    """The form of the report: these lines, then a period where it asks for one, format and language."""
    base: type[forms.Form] = PeriodForm if asks_for_period else ReportForm
    own = {one.name: one.field() for one in parameters}
    order = [*own, *(PeriodForm.field_order if asks_for_period else ["format", "language"])]
    return type("QuestionForm", (base,), {**own, "field_order": order})


def types_of(parameters: Sequence[Parameter]) -> dict[str, str]:
    return {one.name: one.type for one in parameters} | dict.fromkeys(PERIOD, "moment")


def values_of(
    parameters: Sequence[Parameter],
    given: Mapping[str, Any],
    period: tuple[datetime, datetime] | None,
    *,
    postgresql: bool,
) -> dict[str, Any]:
    """By name, as JSON, in each database's own words for moments and numbers."""
    values = {one.name: _value(one, given.get(one.name), postgresql=postgresql) for one in parameters}
    if period is None:
        return values
    return values | {
        name: _moment(at, postgresql=postgresql) for name, at in zip(PERIOD, period, strict=True)
    }


def _value(parameter: Parameter, given: Any, *, postgresql: bool) -> Any:
    match given:
        case date():
            return given.isoformat()
        case bool():
            return given if postgresql else int(given)
        case str() if parameter.type == ParameterType.NUMBER and not postgresql:
            return float(Decimal(given))
        case _:
            return given


def _moment(at: datetime, *, postgresql: bool) -> str:
    """SQLite compares moments as texts, in UTC, as Django writes them."""
    return at.isoformat() if postgresql else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def check_name(name: str) -> None:
    """Raises ValidationError for one that no parameter may have."""
    if not NAME.fullmatch(name):
        raise ValidationError(_("Use small letters, digits and _ only, and begin with a letter."))
    if name in TAKEN:
        raise ValidationError(_("This name is taken: reports have a field of that name."))
