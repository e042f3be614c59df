"""Filters of big tables: each asks one indexed column, none reads the table to offer its choices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import MultipleDropdownFilter, RangeDateFilter
from unfold.contrib.filters.forms import RangeDateForm

from tasks_app import places
from tasks_app.admin.dressing import DateInput, DateTimeInput
from tasks_app.admin.moments import aware, moment_of
from tasks_app.catalogue import kinds, label_of
from tasks_app.display import zoned
from tasks_app.models import FailureGroup

CHOICES = "_choices_of_filters"  # of a request


def is_narrowed(request: HttpRequest, *but: str) -> bool:
    """Whether a list is asked for by anything but these; an order and a place in it leave no row out."""
    others = request.GET.keys() - {*but, ORDER_VAR, PAGE_VAR, *places.NAMES}
    return any(any(request.GET.getlist(name)) for name in others)


type Lookups[Filter] = Callable[[Filter, HttpRequest, admin.ModelAdmin[Any]], Iterable[tuple[str, Any]]]


def once_a_request[Filter](lookups: Lookups[Filter]) -> Lookups[Filter]:
    """For choices that are asked of the database: a list makes its filters twice, to see what its address
    means and to be shown."""

    @wraps(lookups)
    def asked_once(self: Filter, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Any:
        known = vars(request).setdefault(CHOICES, {})
        key = (type(self), request.GET.urlencode())
        if key not in known:
            known[key] = list(lookups(self, request, model_admin))
        return known[key]

    return asked_once


class OneOf(MultipleDropdownFilter):
    """Rows whose `column` is one of the chosen values. A subclass gives title, parameter_name and lookups."""

    column = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        return queryset.filter(**{f"{self.column}__in": chosen}) if chosen else queryset

    def chosen(self) -> list[str]:
        return [value for value in self.value() or [] if value]


class KindFilter(OneOf):
    """By kind of job: those of the catalogue, and one of the address that jobs have failed of."""

    title = _("kind")
    parameter_name = "kind"
    column = "name"

    @once_a_request
    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        known = {kind.name: str(kind.label) for kind in kinds()}
        others = [name for name in request.GET.getlist(self.parameter_name) if name and name not in known]
        if others:
            gone = FailureGroup.objects.filter(kind__in=others).order_by().values_list("kind", flat=True)
            known |= {name: str(label_of(name)) for name in gone.distinct()}
        return sorted(known.items(), key=lambda pair: pair[1])


class DayRangeForm(RangeDateForm):
    """Two dates in the browser's own picker, each said for screen readers."""

    class Media:
        """Not Unfold's: its calendar fails on pages without the catalogue of JavaScript's sentences."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, label in zip(self.fields.values(), (_("From this day"), _("To this day")), strict=True):
            field.widget = DateInput(attrs={"aria-label": label, "title": label})


class DayRangeFilter(RangeDateFilter):
    """From the beginning of one day to the end of another, in local time (either may be left out)."""

    form_class = DayRangeForm

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if first := self.day_of("from"):
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if (last := self.day_of("to")) and last < date.max:  # the last day there is means "no end"
            queryset = queryset.filter(**{f"{self.field_path}__lt": _midnight(last + timedelta(days=1))})
        return queryset

    def in_words(self, parameter: str, value: str) -> str:
        day = parse_date(value)
        if day is None:
            return value
        words = _("from %(day)s") if parameter.endswith("_from") else _("up to %(day)s")
        return str(words % {"day": date_format(day, "DATE_FORMAT")})

    def day_of(self, end: str) -> date | None:
        """The day that is asked for, if any; raises IncorrectLookupParameters for what is none."""
        text = str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "")
        try:
            day = parse_date(text)
        except ValueError as error:
            raise IncorrectLookupParameters(text) from error
        if text and day is None:
            raise IncorrectLookupParameters(text)
        return day


def _midnight(day: date) -> datetime:
    """The beginning of the day, local."""
    return aware(datetime.combine(day, time.min))


class MomentInput(DateTimeInput):
    """The browser's own picker of day and time, in local time; links to the list give the offset too."""

    def format_value(self, value: Any) -> str | None:
        moment = moment_of(value) if isinstance(value, str) else value
        return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M:%S") if moment else ""


class MomentRangeForm(forms.Form):
    """Two moments, each said for screen readers."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for end, label in (("from", _("From this moment")), ("to", _("Before this moment"))):
            self.fields[f"{name}_{end}"] = forms.DateTimeField(
                required=False, widget=MomentInput(attrs={"aria-label": label, "title": label, "step": 1})
            )


class MomentRangeFilter(RangeDateFilter):
    """From one moment to just before another (either may be left out): what the bars of charts stand for."""

    form_class = MomentRangeForm  # type: ignore[assignment]  # made and asked as Unfold makes its own

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for end, lookup in (("from", "gte"), ("to", "lt")):
            text = str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "")
            moment = moment_of(text)
            if moment:
                queryset = queryset.filter(**{f"{self.field_path}__{lookup}": moment})
            elif text:
                raise IncorrectLookupParameters(text)
        return queryset

    def in_words(self, parameter: str, value: str) -> str:
        moment = moment_of(value)
        if moment is None:
            return value
        words = _("from %(moment)s") if parameter.endswith("_from") else _("before %(moment)s")
        said = zoned(timezone.localtime(moment), gettext("j M Y, H:i T"))
        return str(words % {"moment": said})
