"""The lists of beat's timings, and the page of one: what it says, its next times, who runs by it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, Model, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import ModelAdmin

from tasks_app.admin.filters import OneOf
from tasks_app.admin.layout import Layout
from tasks_app.admin.schedules.access import CHANGE, DELETE
from tasks_app.admin.schedules.preview import coming
from tasks_app.admin.schedules.timings import saving
from tasks_app.admin.schedules.timings.form import ALL, WHY
from tasks_app.admin.schedules.timings.kinds import ClockedForm, CrontabForm, IntervalForm, SolarForm
from tasks_app.admin.schedules.timings.used_by import how_many, users_shown, why_not_all
from tasks_app.db import shared_time
from tasks_app.db.among import Among
from tasks_app.db.bad_rows import is_of_one_row, or_none, row_by_row
from tasks_app.display import Text, cause, cut, labelled, soon
from tasks_app.schedules.job_of_schedule import cannot_be_dealt_with
from tasks_app.schedules.rhythm import InvalidRhythm, rhythm_of, words
from tasks_app.schedules.timings import add, column_of, fields_of, scheduled, users_of

SAVING = ("show_save", "show_save_and_continue", "show_save_and_add_another")
READ = "_timings"  # of a request: rows that were read for it


class UsedFilter(OneOf):
    """By whether a schedule runs by it."""

    title = gettext_lazy("use")
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, Any]]:
        return [("yes", _("Used")), ("no", _("Not used"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = set(self.chosen())
        if len(chosen) != 1:
            return queryset
        users = Exists(PeriodicTask.objects.filter(**{column_of(queryset.model): OuterRef("pk")}))
        return queryset.filter(users if chosen == {"yes"} else ~users)


class TimingAdmin(ModelAdmin):
    """One kind of timing; `named` is what its list is called."""

    named: Text = ""
    list_display = ("title", "problem", "as_kept", "next_time", "used_by")
    list_display_links = ("title",)
    layout = Layout(title="title", problem="problem", time="next_time", wide=("as_kept",))
    list_filter = (UsedFilter,)
    list_filter_submit = True
    list_before_template = "tasks_app/timing_ways.html"  # type: ignore[assignment]  # Unfold's says None alone
    change_form_outer_before_template = "tasks_app/timing_ways.html"  # type: ignore[assignment]  # see above
    change_form_before_template = "tasks_app/timing_shown.html"  # type: ignore[assignment]  # see above
    change_form_outer_after_template = "tasks_app/timing.html"  # type: ignore[assignment]  # see above
    list_fullwidth = True
    list_per_page = 50
    ordering: ClassVar[tuple[str, ...]] = ("-id",)
    sortable_by = ()
    actions = ()
    empty_icon = "schedule"
    empty_title = gettext_lazy("No such timing")
    empty_text = gettext_lazy("A schedule makes its own as it is saved, or shares one that says the same.")

    # --- The list ----------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return row_by_row(super().get_queryset(request))

    # The types are of a Django to come, which hands over the place of the buttons as well.
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:  # type: ignore[override]
        """None deletes a selection: what a schedule runs by would take it along."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Who uses the rows of a page is counted at once."""
        changelist: Any = super().get_changelist_instance(request)
        column = f"{column_of(self.model)}_id"
        users = PeriodicTask.objects.filter(Among(column, [row.pk for row in changelist.result_list]))
        counts = dict(users.order_by().values_list(column).annotate(Count("pk")))
        for row in changelist.result_list:
            row.users = counts.get(row.pk, 0)
        return changelist

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        named = {"title": self.named, "ways": self._ways(request)}
        return super().changelist_view(request, named | (extra_context or {}))

    def _ways(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The four lists, as far as this person may see them."""
        kinds = [kind for kind in self.admin_site._registry.values() if isinstance(kind, TimingAdmin)]
        return [
            {
                "title": kind.named,
                "url": reverse(f"admin:django_celery_beat_{kind.opts.model_name}_changelist"),
                "is_this": kind.model is self.model,
            }
            for kind in kinds
            if kind.has_view_permission(request)
        ]

    @admin.display(description=gettext_lazy("When"))
    def title(self, row: Model) -> str:
        return words(scheduled(row))

    @admin.display(description=gettext_lazy("Problem"), empty_value="")
    def problem(self, row: Model) -> str:
        return cause(problem_of(row))

    @admin.display(description=gettext_lazy("As it is kept"))
    def as_kept(self, row: Model) -> str:
        return cut(" ".join(str(_kept(row, name)) for name in fields_of(type(row))))

    @admin.display(description=gettext_lazy("Next time"))
    def next_time(self, row: Any) -> str:
        now = shared_time.now()
        return soon(or_none(lambda: rhythm_of(scheduled(row), now).after(now)), now)

    @admin.display(description=gettext_lazy("Used by"))
    def used_by(self, row: Any) -> str:
        return how_many(row.users)

    # --- One of them -------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever changes one may change schedules."""
        return super().has_change_permission(request, obj) and request.user.has_perm(CHANGE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever deletes schedules deletes what none of them runs by."""
        return self.has_view_permission(request, obj) and request.user.has_perm(DELETE)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        own = [*fields_of(self.model)]
        if obj is None or not self.has_change_permission(request, obj):
            return own
        if not hasattr(obj, "users"):  # Django asks for them several times
            obj.users = users_of(obj).count()
        return [*own, ALL, WHY] if obj.users else own

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.person = request.user
        return form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Read once for a page: what it says and its form are of the same row."""
        known: dict[Any, Any] = vars(request).setdefault(READ, {})
        if (object_id, from_field) not in known:
            known[object_id, from_field] = super().get_object(request, object_id, from_field)
        return known[object_id, from_field]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, {"ways": self._ways(request)} | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        shown = self._about(request, row) if row is not None else {}
        return super().change_view(request, object_id, form_url, shown | (extra_context or {}))

    def _about(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        row.users = count = users_of(row).count()
        refused = why_not_all(request.user, row) if self.has_change_permission(request, row) else ""
        buttons = dict.fromkeys(SAVING, False) if refused else {}
        return {
            "ways": self._ways(request),
            "used_by": labelled(_("Used by"), how_many(count)),
            "from_now": isinstance(row, IntervalSchedule),
            "refused": refused,
            "stays": saving.why_it_stays(count) if self.has_delete_permission(request, row) else "",
            "show_delete": not count,
            **buttons,
            **users_shown(request.user, row, count),
            **coming(scheduled(row)),
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            add(obj)
        elif form.is_changed:
            saving.change_for_all(request, obj, form)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_delete_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        return saving.delete(request, row)


def problem_of(row: Model) -> str:
    """Why no schedule can run by it; "" where one can."""
    now = shared_time.now()
    try:
        rhythm_of(scheduled(row), now).after(now)
    except InvalidRhythm as error:
        return str(error)
    except Exception as error:  # a column that cannot be read
        if not is_of_one_row(error):
            raise
        return str(cannot_be_dealt_with(error))
    return ""


def _kept(row: Model, name: str) -> Any:
    value = or_none(lambda: getattr(row, name))
    return "?" if value is None else value


@admin.register(CrontabSchedule)
class CrontabAdmin(TimingAdmin):
    form = CrontabForm
    named = gettext_lazy("Crontabs")


@admin.register(IntervalSchedule)
class IntervalAdmin(TimingAdmin):
    form = IntervalForm
    named = gettext_lazy("Intervals")


@admin.register(SolarSchedule)
class SolarAdmin(TimingAdmin):
    form = SolarForm
    named = gettext_lazy("Events of the sun")


@admin.register(ClockedSchedule)
class ClockedAdmin(TimingAdmin):
    form = ClockedForm
    named = gettext_lazy("Moments")
