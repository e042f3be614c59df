"""What a report type is, and one order of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, cast

from django import forms
from django.utils import formats, timezone
from django.utils.choices import flatten_choices
from django.utils.functional import Promise
from django.utils.translation import gettext

from backoffice.reports import causes
from backoffice.reports.errors import CannotOrder
from backoffice.reports.forms import PeriodForm
from backoffice.reports.looks.look import Look
from backoffice.reports.periods import ImpossiblePeriod, Period, resolve, zone
from backoffice.reports.sections import Section, Sheet
from tasks_app.display import labelled
from tasks_app.notices import Notice, in_each_language

type Text = str | Promise
type Parameters = dict[str, Any]  # the form's cleaned data by field name
type Progress = Callable[[int, Notice], object]  # percent, a few words


@dataclass(frozen=True)
class Addresses:
    """Of the rows behind figures: `links` and the place of each."""

    links: str

    def address_of(self, *place: object) -> str:
        return f"{self.links}{'-'.join(map(str, place))}/"


@dataclass(frozen=True)
class Order:
    """One report to make: which, of what, as seen from when, for whom."""

    type: ReportType
    parameters: Parameters
    # Moving periods are counted from here: the schedule's slot, or the moment of the order.
    moment: datetime
    made_at: datetime
    made_by: str
    look: Look = field(default_factory=Look)
    # Where its pages of rows are, to the end of "…/rows/"; "" where a document can have no links.
    links: str = ""

    def address_of(self, *place: object) -> str:
        """Of the rows behind a figure, by its place: section, then series or row, then label or column."""
        return Addresses(self.links).address_of(*place)

    @property
    def language(self) -> str:
        return str(self.parameters["language"])

    @property
    def format(self) -> str:
        return str(self.parameters["format"])

    @cached_property
    def period(self) -> Period:
        """Of reports whose form is a PeriodForm; raises CannotOrder for an impossible one."""
        given = self.parameters
        try:
            return resolve(
                given["period"],
                self.moment,
                given["start"],
                given["end"],
                a_year_before=given.get("a_year_before"),
            )
        except ImpossiblePeriod as error:
            raise CannotOrder(error.notice) from error

    @property
    def title(self) -> str:
        """ "Activity – October 2026", in the active language: the name of the document and its file."""
        return f"{self.type.title} – {self.type.subject(self)}"


def groups_of(user: Any) -> frozenset[str]:
    """The names of this person's groups; read once for a request's user, as Django reads permissions."""
    if not hasattr(user, "_names_of_groups"):
        user._names_of_groups = frozenset(user.groups.values_list("name", flat=True))
    return user._names_of_groups  # type: ignore[no-any-return]


class ReportType(ABC):
    """Subclass it in a file of `backoffice/reports/types/` and decorate it with `@register`.

    slug         in URLs, in stored reports and in schedules: it stays
    shareable    may be sent to addresses outside, where a setting allows their domain
    confidential subscriptions never attach it: its readers sign in to read it
    form         a plain Django form that extends ReportForm (or PeriodForm)
    groups       names of the groups that may order, see and download it; superusers always may
    dense        set tighter, for reports that belong on one page
    template     the document around the sections, when the common one will not do
    """

    slug: ClassVar[str]
    title: ClassVar[Text]
    description: ClassVar[Text]
    form: ClassVar[type[forms.Form]] = PeriodForm
    groups: ClassVar[frozenset[str]]
    dense: ClassVar[bool] = False
    shareable: ClassVar[bool] = False
    confidential: ClassVar[bool] = False
    template: ClassVar[str] = "backoffice/reports/report.html"

    def visible_to(self, user: Any) -> bool:
        """Whether this person may order, see and download it."""
        if not user.is_active:
            return False
        return bool(user.is_superuser or self.groups & groups_of(user))

    def may_order(self, user: Any) -> bool:
        """Whether this person may have one made; those that are there are `visible_to`'s."""
        return self.visible_to(user)

    @abstractmethod
    def sections(self, order: Order) -> Sequence[Section]:
        """What the PDF shows, in its order; runs in the report's language."""

    def is_empty(self, order: Order) -> bool:
        """Whether there is nothing to report, so that a subscription may skip it."""
        return False

    def sheet(self, order: Order) -> Sheet:
        """The rows of the CSV and the XLSX; only asked for where the form offers such a format."""
        raise NotImplementedError

    def subject(self, order: Order) -> str:
        """What this one is about: its period where it has one, else its day."""
        if "period" in order.parameters:
            return str(order.period)
        day = timezone.localtime(order.made_at, zone())
        return formats.date_format(day, gettext("j F Y"))

    def clean(self, given: Mapping[str, Any]) -> Parameters:
        """Check parameters as they come from a job; those left out take the form's initial value.

        Raises CannotOrder with one sentence for all that is wrong.
        """
        blank = self.form()
        if unknown := sorted(given.keys() - blank.fields.keys()):
            known = list(blank.fields)
            raise CannotOrder(causes.UNKNOWN_PARAMETER(report=self.title, unknown=unknown, known=known))
        initial = {name: blank.get_initial_for_field(field, name) for name, field in blank.fields.items()}
        data = {name: value for name, value in initial.items() if value is not None} | dict(given)
        form = self.form(data)
        if not form.is_valid():
            complaints = in_each_language(lambda: _complaints(self.form(data)))
            raise CannotOrder(causes.WRONG_PARAMETERS(report=self.title, complaints=complaints))
        return form.cleaned_data

    def words(self, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Stored parameters as (label, value) for people, in the order of the form."""
        blank = self.form()
        return [
            (str(blank[name].label), _word(field, parameters[name]))
            for name, field in blank.fields.items()
            if parameters.get(name) not in (None, "")
        ]


def _complaints(form: forms.Form) -> str:
    said = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
    return " ".join(
        labelled(form[name].label, complaint) if name in form.fields else complaint
        for name, complaint in said.items()
    )


def _word(field: forms.Field, value: Any) -> str:
    match field:
        case forms.ChoiceField():
            return str(dict(flatten_choices(cast(Any, field.choices))).get(value, value))
        case forms.BooleanField():
            return gettext("yes") if value else gettext("no")
        case forms.DateField() if day := field.to_python(value):
            return formats.date_format(day, gettext("j F Y"))
        case _:
            return str(value)
