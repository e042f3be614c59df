"""Quiet periods: times in which schedules make no job, of the whole house, of a queue or of a kind of job."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from tasks_app.admin.dressing import dress
from tasks_app.admin.layout import Layout
from tasks_app.admin.moments import MomentField
from tasks_app.admin.quiet_words import of_whom, said
from tasks_app.admin.schedules.form import zones
from tasks_app.catalogue import kinds
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import or_none
from tasks_app.display import badge, when
from tasks_app.models import QuietPeriod
from tasks_app.monitor.queue_status import known_queues
from tasks_app.schedules.policies.around import problem_of_period, readable_periods
from tasks_app.schedules.policies.windows import never_ends_with, next_begin, span_at

NEVER_ENDS = gettext_lazy(
    "With the other quiet periods it would never end, and what it holds back would never run: leave some "
    "time between them."
)


def kind_choices() -> list[tuple[str, Any]]:
    named = sorted(((kind.name, str(kind.label)) for kind in kinds()), key=lambda one: one[1].casefold())
    return [("", _("All kinds"))] + [(name, label) for name, label in named]


def queue_choices() -> list[tuple[str, Any]]:
    return [("", _("All queues"))] + [(name, name) for name in known_queues()]


def zone_choices() -> list[tuple[str, Any]]:
    return [("", _("That of the office")), *zones()]


class QuietForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes no parameter when it runs
    begins_at = MomentField(label=gettext_lazy("Once, from"), required=False, widget=forms.DateTimeInput)
    ends_at = MomentField(label=gettext_lazy("until"), required=False, widget=forms.DateTimeInput)
    from_time = forms.TimeField(
        label=gettext_lazy("Again and again, from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    until_time = forms.TimeField(
        label=gettext_lazy("until (on the next day, where it is earlier)"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On these days only"),
        required=False,
        coerce=int,
        choices=lambda: [(day + 1, capfirst(WEEKDAYS[day])) for day in range(7)],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Those on which it begins. None ticked: each day."),
    )
    queue = forms.ChoiceField(label=gettext_lazy("Only this queue"), required=False, choices=queue_choices)
    kind = forms.ChoiceField(
        label=gettext_lazy("Only this kind of job"), required=False, choices=kind_choices
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False, choices=zone_choices)

    class Meta:
        model = QuietPeriod
        fields = (
            "name", "enabled", "begins_at", "ends_at", "from_time", "until_time", "weekdays", "zone",
            "queue", "kind", "between",
        )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["weekdays"] = [int(day) for day in self.instance.weekdays if day.isdecimal()]
        dress(cast(forms.Form, self))  # of which it asks no more than its fields

    def clean_weekdays(self) -> str:
        return "".join(str(day) for day in sorted(set(self.cleaned_data["weekdays"])))

    def _post_clean(self) -> None:
        """Besides what the row itself refuses: what has no end together with the others."""
        super()._post_clean()  # type: ignore[misc]  # Django's own, of each ModelForm
        if self.errors or not self.instance.enabled:
            return
        now = shared_time.now()
        others = [one for one in readable_periods(now, now) if one.pk != self.instance.pk]
        if never_ends_with(self.instance, others, now):
            self.add_error(None, str(NEVER_ENDS))


@admin.register(QuietPeriod)
class QuietPeriodAdmin(ModelAdmin):
    form = QuietForm
    list_display = ("name", "on_now", "rhythm", "concerned", "between_said", "next_time")
    list_display_links = ("name",)
    layout = Layout(title="name", state="on_now", time="next_time", wide=("rhythm",))
    list_filter = ()
    search_fields = ("name",)
    sortable_by = ()
    ordering = ("name", "id")
    actions = ()
    list_fullwidth = True
    empty_icon = "bedtime"
    empty_title = gettext_lazy("No quiet periods")
    empty_text = gettext_lazy(
        "In a quiet period, such as a night of maintenance, schedules make no jobs: they are skipped, or run "
        "when it ends."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuietPeriod]:
        rows: QuerySet[QuietPeriod] = super().get_queryset(request)
        return rows

    @admin.display(description=gettext_lazy("Now"))
    def on_now(self, quiet: QuietPeriod) -> str:
        if not quiet.enabled:
            return badge(_("Off"), "", "pause")
        if problem_of_period(quiet, shared_time.now()):
            return badge(_("Cannot be read"), "danger", "error")
        on = or_none(lambda: span_at(quiet, shared_time.now()))
        return badge(_("On"), "warning", "bedtime") if on else badge(_("Not now"), "", "schedule")

    @admin.display(description=gettext_lazy("When"))
    def rhythm(self, quiet: QuietPeriod) -> str:
        return said(quiet)

    @admin.display(description=gettext_lazy("Of"))
    def concerned(self, quiet: QuietPeriod) -> str:
        return of_whom(quiet)

    @admin.display(description=gettext_lazy("Runs in it"))
    def between_said(self, quiet: QuietPeriod) -> str:
        return str(quiet.get_between_display())

    @admin.display(description=gettext_lazy("Begins or ends next"))
    def next_time(self, quiet: QuietPeriod) -> str:
        now = shared_time.now()
        on = or_none(lambda: span_at(quiet, now))
        found = on[1] if on else or_none(lambda: next_begin(quiet, now))
        return when(found if quiet.enabled else None)
