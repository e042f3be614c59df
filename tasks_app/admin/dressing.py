"""A plain Django form in Unfold's look: `dress(form)` exchanges each widget for Unfold's.

Jobs declare ordinary forms that know nothing of the admin; pages dress them before they show them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.forms.widgets import ChoiceWidget
from unfold import widgets as unfold

from tasks_app.admin.drawn_widgets import DrawnSelect, DrawnTextInput

# Beyond this many rows a select is searched through the server instead of being listed.
LISTED_CHOICES = 30


class SearchableSelect(unfold.UnfoldAdminAutocompleteModelChoiceFieldWidget):
    """A select over a large table: only the chosen row is in the page, the rest is searched as one types."""

    option_template_name = "django/forms/widgets/select_option.html"
    allow_multiple_selected = False

    def optgroups(self, name: str, value: list[Any], attrs: dict[str, Any] | None = None) -> list[Any]:
        field = cast("ModelChoiceIterator[Any]", self.choices).field
        options = [self.create_option(name, "", "", False, 0)] if not self.allow_multiple_selected else []
        for row in _chosen(field, value):
            key, label = field.prepare_value(row), field.label_from_instance(row)
            options.append(self.create_option(name, key, label, True, len(options)))
        return [(None, options, 0)]


class SearchableSelectMultiple(
    SearchableSelect, unfold.UnfoldAdminMultipleAutocompleteModelChoiceFieldWidget
):
    allow_multiple_selected = True


def rows_of(field: forms.ModelChoiceField[Any]) -> QuerySet[Any]:
    """The rows it offers: there are some from the moment its form stands."""
    return cast("QuerySet[Any]", field.queryset)


def _chosen(field: forms.ModelChoiceField[Any], value: list[Any]) -> list[Any]:
    keys = [one for one in value if one not in (None, "")]
    if not keys:
        return []
    try:
        return list(rows_of(field).filter(**{f"{field.to_field_name or 'pk'}__in": keys}))
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        ValidationError,
    ):  # not a key at all; the field itself says so
        return []


class DateInput(DrawnTextInput):
    """The browser's own date picker: right for keyboards, screen readers and phones alike."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        return value.strftime("%Y-%m-%d") if isinstance(value, date) else super().format_value(value)


class TimeInput(DrawnTextInput):
    input_type = "time"

    def format_value(self, value: Any) -> str | None:
        return value.strftime("%H:%M") if isinstance(value, time | datetime) else super().format_value(value)


class DateTimeInput(DrawnTextInput):
    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        return value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, date) else super().format_value(value)


class NumberInput(DrawnTextInput):
    input_type = "number"


# Django's widget → Unfold's; the nearest ancestor of a widget's class decides.
UNFOLDED: dict[type[forms.Widget], Callable[..., forms.Widget]] = {
    forms.widgets.Input: DrawnTextInput,
    forms.EmailInput: unfold.UnfoldAdminEmailInputWidget,
    forms.URLInput: unfold.UnfoldAdminURLInputWidget,
    forms.NumberInput: NumberInput,
    forms.PasswordInput: unfold.UnfoldAdminPasswordWidget,
    forms.DateInput: DateInput,
    forms.TimeInput: TimeInput,
    forms.DateTimeInput: DateTimeInput,
    forms.SplitDateTimeWidget: unfold.UnfoldAdminSplitDateTimeWidget,
    forms.Textarea: unfold.UnfoldAdminExpandableTextareaWidget,
    forms.CheckboxInput: unfold.UnfoldBooleanSwitchWidget,
    forms.Select: DrawnSelect,
    forms.SelectMultiple: unfold.UnfoldAdminSelect2MultipleWidget,
    forms.RadioSelect: lambda attrs: unfold.UnfoldAdminRadioSelectWidget(attrs=attrs),
    forms.CheckboxSelectMultiple: lambda attrs: unfold.UnfoldAdminCheckboxSelectMultipleWidget(attrs=attrs),
    forms.FileInput: unfold.UnfoldAdminFileFieldWidget,
}


def dress(form: forms.Form, choices_url: Callable[[str], str] | None = None) -> forms.Form:
    """The same form with Unfold's widgets, its first field focused.

    `choices_url(field name)` is where rows of a large table are searched (`{"results": [{"id", "text"}]}`
    for `?term=`); without it every choice is listed.
    """
    for name, field in form.fields.items():
        if choices_url and isinstance(field, forms.ModelChoiceField) and _is_large(field):
            _wear(field, _searchable(field, choices_url(name)))
        elif not _is_dressed(field.widget):
            _wear(field, _unfolded(field.widget))
    for bound in form.visible_fields():
        bound.field.widget.attrs["autofocus"] = True
        break
    return form


def _is_dressed(widget: forms.Widget) -> bool:
    drawn = DrawnSelect.__module__
    return widget.is_hidden or type(widget).__module__.startswith(("unfold.", __name__, drawn))


def _is_large(field: forms.ModelChoiceField[Any]) -> bool:
    return len(rows_of(field).order_by()[: LISTED_CHOICES + 1].values_list("pk")) > LISTED_CHOICES


def _searchable(field: forms.ModelChoiceField[Any], url: str) -> forms.Widget:
    multiple = isinstance(field, forms.ModelMultipleChoiceField)
    widget = (SearchableSelectMultiple if multiple else SearchableSelect)(field.widget.attrs)
    widget.attrs |= {"data-ajax--url": url, "data-allow-clear": "false" if field.required else "true"}
    return widget


def _unfolded(widget: forms.Widget) -> forms.Widget:
    make = next(UNFOLDED[known] for known in type(widget).__mro__ if known in UNFOLDED)
    return make(attrs=dict(widget.attrs))


def _wear(field: forms.Field, widget: forms.Widget) -> None:
    widget.is_required = field.required
    widget.is_localized = field.localize
    if isinstance(field, forms.ChoiceField) and isinstance(widget, ChoiceWidget):  # ModelChoiceField too
        widget.choices = cast("Iterable[tuple[Any, Any]]", field.choices)
    widget.attrs = field.widget_attrs(widget) | widget.attrs
    field.widget = widget
