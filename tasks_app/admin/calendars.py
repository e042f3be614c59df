"""Calendars: which days are worked, by a country and by the house's own days; who uses them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby, islice
from typing import Any, cast

from babel import Locale, UnknownLocaleError
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from tasks_app.admin.common import Person
from tasks_app.admin.dressing import dress
from tasks_app.admin.layout import Layout
from tasks_app.admin.schedules.access import VIEW, change_url
from tasks_app.admin.things import row_of
from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.ics import MOST_BYTES, read_ics
from tasks_app.calendars.own_days import OwnDay, read, written
from tasks_app.calendars.public_holidays import countries, named_days, regions
from tasks_app.calendars.rows import working_days_of
from tasks_app.display import cut
from tasks_app.models import Calendar

ONE_DAY = timedelta(days=1)
SHOWN = 50  # schedules that use it, on its page
COMING = 30  # days off to come
A_YEAR = 366


def country_name(code: str) -> str:
    """In the reader's language; the code where that has no name for it."""
    try:
        return str(Locale.parse(get_language() or "en", sep="-").territories.get(code, code))
    except (UnknownLocaleError, ValueError):
        return code


def country_choices() -> list[tuple[str, Any]]:
    named = sorted(((code, country_name(code)) for code in countries()), key=lambda one: one[1].casefold())
    return [("", _("None: no public holidays")), *named]


def lines_field(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, help_text=help_text, widget=forms.Textarea(attrs={"rows": 8})
    )


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes no parameter when it runs
    country = forms.ChoiceField(
        label=gettext_lazy("Public holidays of"), required=False, choices=country_choices
    )
    days_off = lines_field(
        gettext_lazy("Own days off"),
        gettext_lazy("A line each: “2026-12-24 Christmas Eve”, “2026-08-03 – 2026-08-21 Summer closing”."),
    )
    days_on = lines_field(
        gettext_lazy("Days worked all the same"),
        gettext_lazy("Such as a Saturday that is worked, or a public holiday that is not kept. A line each."),
    )
    ics = forms.FileField(
        label=gettext_lazy("Days off from a file"),
        required=False,
        help_text=format_lazy(
            gettext_lazy(
                "A calendar exported as iCalendar (.ics), {most} kB at most: its days are added to those off."
            ),
            most=MOST_BYTES // 1000,
        ),
    )

    class Meta:
        model = Calendar
        fields = ("name", "country", "region", "weekend", "days_off", "days_on")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "region" in self.fields:  # who may only look has no field
            self._tell_regions(self.fields["region"])
        dress(cast(forms.Form, self))  # of which it asks no more than its fields

    def _tell_regions(self, region: forms.Field) -> None:
        known = ", ".join(regions(self.instance.country)) if self.instance.country else ""
        region.label = gettext_lazy("Region")
        region.help_text = (
            _("Where its holidays differ, one of: %(regions)s.") % {"regions": known}
            if known
            else _("Where its holidays differ, by its code: BY for Bavaria. Else leave it empty.")
        )

    def clean_region(self) -> str:
        region, country = self.cleaned_data["region"].strip(), self.cleaned_data.get("country", "")
        known = {one.casefold(): one for one in regions(country)}
        if region and region.casefold() not in known:
            told = ", ".join(known.values()) or "–"
            raise ValidationError(_("No such region is known there. Known are: %(known)s.") % {"known": told})
        return known.get(region.casefold(), "")

    def clean_days_off(self) -> str:
        return written(self._read("days_off"))

    def clean_days_on(self) -> str:
        return written(self._read("days_on"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        file = given.get("ics")
        if file and "days_off" not in self.errors:
            try:
                found = read_ics(file.read(MOST_BYTES + 1), timezone.localdate())
                given["days_off"] = written(_together([*read(given["days_off"]), *found]))
                read(given["days_off"])
            except InvalidCalendar as error:
                self.add_error("ics", str(error.notice))
        return given

    def _read(self, name: str) -> tuple[OwnDay, ...]:
        try:
            return read(self.cleaned_data[name])
        except InvalidCalendar as error:
            raise ValidationError(str(error.notice)) from error


def _together(days: list[OwnDay]) -> list[OwnDay]:
    return sorted(set(days), key=lambda one: (one.first, one.last, one.name))


@admin.register(Calendar)
class CalendarAdmin(ModelAdmin):
    form = CalendarForm
    list_display = ("name", "place", "next_day_off", "used_by")
    list_display_links = ("name",)
    layout = Layout(title="name", time="next_day_off", wide=("place",))
    list_filter = ()
    search_fields = ("name",)
    sortable_by = ()
    ordering = ("name", "id")
    actions = ()
    list_fullwidth = True
    empty_icon = "calendar_month"
    empty_title = gettext_lazy("No calendars yet")
    empty_text = gettext_lazy(
        "A calendar says which days are worked. Schedules leave out its days off, or are moved from them."
    )
    change_form_after_template = "tasks_app/calendar.html"  # type: ignore[assignment]  # Unfold's says None alone

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Who may only look is offered no file to choose."""
        names = list(super().get_fields(request, obj))
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return names if may_write else [name for name in names if name != "ics"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Calendar]:
        rows: QuerySet[Calendar] = super().get_queryset(request)
        return rows.annotate(users=Count("rules"))

    @admin.display(description=gettext_lazy("Public holidays of"))
    def place(self, calendar: Calendar) -> str:
        name = country_name(calendar.country) if calendar.country else "–"
        return f"{name} ({calendar.region})" if calendar.region else name

    @admin.display(description=gettext_lazy("Next day off"))
    def next_day_off(self, calendar: Calendar) -> str:
        try:
            found = next(iter(coming_days_off(calendar, timezone.localdate())), None)
        except InvalidCalendar as error:
            return cut(str(error.notice))
        return f"{found[0]} {found[1]}" if found else "–"

    @admin.display(description=gettext_lazy("Used by"))
    def used_by(self, calendar: Any) -> str:
        count = calendar.users
        return ngettext("%(count)d schedule", "%(count)d schedules", count) % {"count": count}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        calendar = row_of(Calendar, object_id)
        shown = about(request.user, calendar) if calendar else {}
        return super().change_view(request, object_id, form_url, shown | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        users = obj.rules.count()
        if change and users:
            messages.info(
                request,
                ngettext(
                    "The next run of %(count)d schedule that uses it is worked out anew.",
                    "The next runs of %(count)d schedules that use it are worked out anew.",
                    users,
                )
                % {"count": users},
            )


def coming_days_off(calendar: Calendar, today: date) -> list[tuple[str, str]]:
    """The days off of a year to come but those of the weekend, and their names; raises InvalidCalendar."""
    working = working_days_of(calendar)
    own = {day: line.name for line in read(calendar.days_off) for day in line}
    days = (today + n * ONE_DAY for n in range(A_YEAR))
    named = (
        (day, own.get(day, named_days(calendar.country, calendar.region, day.year).get(day))) for day in days
    )
    found = ((day, name) for day, name in named if name is not None and day not in working)
    return list(islice(_in_spans(found), COMING))


def _in_spans(days: Iterator[tuple[date, str]]) -> Iterator[tuple[str, str]]:
    """Days of one name that follow each other are told as one."""
    for key, group in groupby(enumerate(days), lambda one: (one[1][1], one[1][0].toordinal() - one[0])):
        some = [day for _number, (day, _name) in group]
        ends = [date_format(day, _("D j M Y")) for day in (some[0], some[-1])]
        yield " – ".join(dict.fromkeys(ends)), key[0]


def about(user: Person, calendar: Calendar) -> dict[str, Any]:
    """Its days off to come, and which schedules use it, as far as their reader may see them."""
    try:
        days = coming_days_off(calendar, timezone.localdate())
    except InvalidCalendar as error:
        return {"calendar_problem": str(error.notice)}
    rules = calendar.rules.select_related("schedule").order_by("schedule__name")
    sees = user.has_perm(VIEW)
    users = [(rule.schedule.name, change_url(rule.schedule)) for rule in rules[:SHOWN]] if sees else []
    return {
        "coming_days": days,
        "used_by": users,
        "used_by_more": max(rules.count() - SHOWN, 0) if sees else 0,
    }
