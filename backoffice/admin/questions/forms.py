"""What is asked of the author of a question: its text, its parameters, who may run it, how it looks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from backoffice.models import Drawn, QuestionVersion
from backoffice.questions.asking.runner import is_postgresql
from backoffice.questions.errors import NotAllowed
from backoffice.questions.parameters import PERIOD, Parameter, ParameterType, check_name
from backoffice.questions.statements import binding
from backoffice.questions.statements.checking import checked
from backoffice.questions.statements.reading import LONGEST

MOST_PARAMETERS = 10
MORE_LINES = 2  # empty ones, below those that are filled in
MOST_COLUMNS = 10  # that are added up or drawn


class ColumnsField(forms.CharField):
    """Names of columns, with commas."""

    def clean(self, value: Any) -> list[str]:
        names = [one.strip() for one in super().clean(value).split(",") if one.strip()]
        if len(names) > MOST_COLUMNS:
            raise ValidationError(_("These are too many: at most %(count)s.") % {"count": MOST_COLUMNS})
        return list(dict.fromkeys(names))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class VersionForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=100)
    definition = forms.CharField(
        label=_("What it says"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For its readers, in a sentence or two: what is counted, and what is left out."),
    )
    sql = forms.CharField(
        label=_("SQL"),
        max_length=LONGEST,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 12, "class": "font-mono", "spellcheck": "false"}),
        help_text=_(
            "One SELECT over the views that are listed. Parameters are written :name; with :period_start and "
            ":period_end (the first moment after it) it asks for a period."
        ),
    )
    groups = forms.ModelMultipleChoiceField(
        label=_("Who may run it"),
        queryset=Group.objects.order_by("name"),
        help_text=_("Groups, once a second person has approved it. They see its documents too."),
    )
    totals = ColumnsField(
        label=_("Totals"),
        required=False,
        max_length=500,
        help_text=_("Columns that add up to something, with commas."),
    )
    group_by = forms.CharField(
        label=_("Group by"),
        required=False,
        max_length=63,
        help_text=_("A column: its rows stand together below a header, with their totals."),
    )
    chart = forms.ChoiceField(label=_("Chart"), choices=Drawn.choices, required=False)
    chart_label = forms.CharField(
        label=_("Column of the labels"), required=False, max_length=63, help_text=_("Of a chart alone.")
    )
    chart_values = ColumnsField(
        label=_("Columns of the values"),
        required=False,
        max_length=500,
        help_text=_("Of a chart alone: numbers, with commas."),
    )

    def clean_sql(self) -> str:
        sql = str(self.cleaned_data["sql"])
        try:
            checked(sql, postgresql=is_postgresql())
        except NotAllowed as error:
            raise ValidationError(str(error)) from error
        return sql

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("chart"):
            for name in ("chart_label", "chart_values"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("A chart needs it."))
        return given


class ParameterForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40, required=False, help_text=_("In the SQL :name."))
    label = forms.CharField(label=_("Label"), max_length=80, required=False)
    type = forms.ChoiceField(label=_("Type"), choices=ParameterType.choices, required=False)
    initial = forms.CharField(  # type: ignore[assignment]  # a field of that name, before forms have theirs
        label=_("Initial value"), max_length=200, required=False
    )
    choices = forms.CharField(
        label=_("Choices"), max_length=1000, required=False, help_text=_("Of a list alone, with commas.")
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name:
            check_name(name)
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors or not given["name"]:
            return given
        choices = [one.strip() for one in given["choices"].split(",") if one.strip()]
        kind = given["type"] or ParameterType.TEXT
        if kind == ParameterType.CHOICE and not choices:
            self.add_error("choices", _("A list needs choices."))
            return given
        made = Parameter(given["name"], given["label"] or given["name"], kind, given["initial"], choices)
        try:
            made.field()
        except ValidationError:
            self.add_error("initial", _("This is no value of that type."))
        given["parameter"] = made
        return given


class ParameterFormSet(forms.BaseFormSet):  # type: ignore[type-arg]  # it takes no parameter when it runs
    def clean(self) -> None:
        names = [one.name for one in self.parameters]
        if len(set(names)) < len(names):
            raise ValidationError(_("Two parameters have the same name."))

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """A line that is as it was is read too: its form itself says what an empty one is."""
        return super().get_form_kwargs(index) | {"empty_permitted": False, "use_required_attribute": False}

    @property
    def parameters(self) -> list[Parameter]:
        """Of the lines that are filled in and valid."""
        cleaned = (getattr(form, "cleaned_data", {}) for form in self.forms)
        return [one["parameter"] for one in cleaned if "parameter" in one]


def parameter_lines(data: Any, stored: list[dict[str, Any]]) -> ParameterFormSet:
    """Lines for these, and some empty ones."""
    made: Any = forms.formset_factory(
        ParameterForm,
        formset=ParameterFormSet,
        extra=min(MORE_LINES, MOST_PARAMETERS - len(stored)),
        max_num=MOST_PARAMETERS,
        absolute_max=MOST_PARAMETERS,
    )
    initial = [one | {"choices": ", ".join(one["choices"])} for one in stored]
    lines: ParameterFormSet = made(data, initial=initial, prefix="parameters")
    return lines


def undeclared(sql: str, parameters: list[Parameter]) -> list[str]:
    """Names in the text that no parameter has."""
    known = {one.name for one in parameters} | set(PERIOD)
    names = binding.names_in(checked(sql, postgresql=is_postgresql()))
    return [name for name in names if name not in known]


def initial_of(version: QuestionVersion) -> dict[str, Any]:
    own = "title definition sql totals group_by chart chart_label chart_values".split()  # noqa: SIM905
    return {name: getattr(version, name) for name in own} | {"groups": list(version.groups.all())}
