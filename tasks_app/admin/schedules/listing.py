"""The list of schedules, in place of django-celery-beat's own five pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import ModelAdmin

from tasks_app.admin.filters import KindFilter, OneOf
from tasks_app.admin.layout import Layout
from tasks_app.admin.schedules import (
    access,
    actions,
    feeds,
    filling,
    following,
    history,
    last_night,
    meanwhile,
    moving,
    once,
    pausing,
    pausing_many,
    preview,
    promise,
    timeline,
    versions,
)
from tasks_app.admin.schedules import page as schedule_page
from tasks_app.admin.schedules.next_run import after_the_pause
from tasks_app.admin.schedules.page_rows import PageRows
from tasks_app.admin.searching import by_reading
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import row_by_row
from tasks_app.display import beside, cause, cut, soon
from tasks_app.models import ScheduleTrouble
from tasks_app.monitor.health import work
from tasks_app.schedules.owners import WITHOUT
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import words

for _model in (PeriodicTask, CrontabSchedule, IntervalSchedule, ClockedSchedule, SolarSchedule):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


def in_trouble() -> QuerySet[Any, Any]:
    return ScheduleTrouble.objects.filter(ended_at=None).values("schedule")


def asked_of(schedule: Any) -> PageRows:
    """What was asked for the rows of its page."""
    asked: PageRows = schedule.asked
    return asked


class SwitchedFilter(OneOf):
    title = _("switch")
    parameter_name = "enabled"
    column = "enabled"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, Any]]:
        return [("True", _("On")), ("False", _("Off"))]


class ScheduleKindFilter(KindFilter):
    column = "task"


class TroubleFilter(OneOf):
    """Schedules that are not in order, as `manage.py doctor` and the dashboard count them."""

    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, Any]]:
        return [
            ("invalid", _("Cannot run")),
            ("late", _("Late")),
            ("left", _("Its owner left")),
            ("any", _("Anything")),
            ("owner", _("No active owner")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        found = [Q(options__in=work.invalid_schedules())] if "invalid" in chosen else []
        found += [Q(options__in=work.late_schedules(shared_time.now()))] if "late" in chosen else []
        found += [Q(ownership__in=work.owners_who_left())] if "left" in chosen else []
        found += [Q(pk__in=in_trouble())] if "any" in chosen else []
        found += [WITHOUT] if "owner" in chosen else []
        return queryset.filter(reduce(or_, found)) if found else queryset


@admin.register(PeriodicTask)
class ScheduleAdmin(ModelAdmin):
    list_display = ("switch", "title", "problem", "next_run", "rhythm", "owner", "strip", "last_outcome")
    list_display_links = ("title",)
    layout = Layout(title="title", state="switch", time="next_run", problem="problem", wide=("rhythm",))
    list_filter = (SwitchedFilter, ScheduleKindFilter, TroubleFilter)
    list_filter_submit = True
    list_before_template = "tasks_app/schedule_ways.html"  # type: ignore[assignment]  # Unfold's says None alone
    list_fullwidth = True
    list_per_page = 50
    ordering = ("name",)
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = _("Part of the name")
    actions = (
        "run_selected",
        "switch_on",
        "switch_off",
        "pause_selected",
        "resume_selected",
        "export_selected",
    )
    empty_icon = "schedule"
    empty_title = _("No schedules yet")
    empty_text = _("A schedule runs a job by itself: every hour, each Monday, once on a day you choose.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        rows: QuerySet[PeriodicTask] = super().get_queryset(request)
        return row_by_row(with_rhythms(rows.select_related("options")))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Those in trouble come first, where there are some; else an index has the order."""
        open_ones = ScheduleTrouble.objects.filter(ended_at=None)
        if not open_ones.exists():
            return list(self.ordering)
        in_trouble = Exists(open_ones.filter(schedule=OuterRef("pk")))
        return [in_trouble.desc(), *self.ordering]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What the rows of the page say is asked for all of them at once."""
        changelist: Any = super().get_changelist_instance(request)
        asked = PageRows(request, changelist.result_list)
        for row in changelist.result_list:
            row.asked = asked
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PeriodicTask], search_term: str
    ) -> tuple[QuerySet[PeriodicTask], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    # The types are of a Django to come, which hands over the place of the buttons as well.
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:  # type: ignore[override]
        """Deleting a selection is not offered: each is deleted on its own page."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description=_("On"))
    def switch(self, schedule: Any) -> str:
        return asked_of(schedule).switch(schedule)

    @admin.display(description=_("Schedule"))
    def title(self, schedule: Any) -> str:
        return beside(schedule.name, asked_of(schedule).job_label(schedule))

    @admin.display(description=_("Problem"), empty_value="")
    def problem(self, schedule: Any) -> str:
        """What is wrong now where it cannot run; else what the clock found last."""
        options = getattr(schedule, "options", None)
        if options and options.invalid:
            return cause(access.problem_shown(schedule))
        return cause(asked_of(schedule).trouble(schedule))

    @admin.display(description=_("Next run"))
    def next_run(self, schedule: Any) -> str:
        options = getattr(schedule, "options", None)
        pause = asked_of(schedule).pauses.get(schedule.pk)
        if pause is not None and schedule.enabled:
            return soon(after_the_pause(schedule, pause), shared_time.now())
        return soon(options.next_slot if options and schedule.enabled else None, shared_time.now())

    @admin.display(description=_("Rhythm"))
    def rhythm(self, schedule: Any) -> str:
        return cut(words(schedule))

    @admin.display(description=_("Owner"))
    def owner(self, schedule: Any) -> str:
        return asked_of(schedule).owner(schedule)

    @admin.display(description=_("Last times"))
    def strip(self, schedule: Any) -> str:
        return asked_of(schedule).strip(schedule)

    @admin.display(description=_("Last time"))
    def last_outcome(self, schedule: Any) -> str:
        return asked_of(schedule).last_outcome(schedule)

    # --- One schedule

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return schedule_page.add(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return schedule_page.change(request, object_id)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return actions.delete(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(
                route, self.admin_site.admin_view(view), name=f"django_celery_beat_periodictask_{name}"
            )

        return [
            page("add/preview/", preview.preview, "preview"),
            page("<path:object_id>/preview/", preview.preview, "preview_of"),
            page("<path:object_id>/switch/", actions.switch, "switch"),
            page("<path:object_id>/run/", actions.run, "run"),
            page("<int:schedule_id>/versions/", versions.versions, "versions"),
            page("<int:schedule_id>/versions/<int:number>/put-back/", versions.put_version_back, "put_back"),
            page("<int:schedule_id>/versions/<int:number>/meanwhile/", meanwhile.made_up_for, "meanwhile"),
            page("deleted/", versions.deleted, "deleted"),
            page("export/", moving.export_all, "export"),
            page("import/", moving.bring_in, "import"),
            page("<path:object_id>/run-changed/", once.run_changed, "run_changed"),
            page("<path:object_id>/pause/", pausing.pause, "pause"),
            page("<path:object_id>/resume/", pausing.resume, "resume"),
            page("<path:object_id>/fill-in/", filling.fill_in, "fill_in"),
            page("<path:object_id>/fill-in/<uuid:fill_in_id>/stop/", filling.stop_filling, "fill_in_stop"),
            page("<path:object_id>/promise/", promise.promise, "promise"),
            page("<path:object_id>/promise/back/", promise.take_back, "promise_back"),
            page("<path:object_id>/hand-over/", following.hand_over, "hand_over"),
            page("<path:object_id>/follow/", following.follow, "follow"),
            page("slot/<int:slot_id>/", history.open_slot, "slot"),
            page("timeline/", timeline.timeline, "timeline"),
            page("last-night/", last_night.last_night, "last_night"),
            page("calendar/", feeds.feeds, "feeds"),
            page("calendar/give/", feeds.give, "feed_give"),
            page("calendar/<int:feed_id>/back/", feeds.take_back, "feed_back"),
            *super().get_urls(),
        ]

    # --- Many schedules

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(access.RUN)

    @admin.action(description=_("Run now …"), permissions=["run"])
    def run_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return actions.run_many(request, queryset, "run_selected")

    @admin.action(description=_("Switch on …"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return actions.switch_many(request, queryset, "switch_on", turn_on=True)

    @admin.action(description=_("Switch off …"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return actions.switch_many(request, queryset, "switch_off", turn_on=False)

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(access.PAUSE)

    @admin.action(description=_("Pause …"), permissions=["pause"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return pausing_many.pause_many(request, queryset, "pause_selected")

    @admin.action(description=_("Resume …"), permissions=["pause"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return pausing_many.resume_many(request, queryset, "resume_selected")

    @admin.action(description=_("Export as YAML"), permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return moving.export(request, queryset)
