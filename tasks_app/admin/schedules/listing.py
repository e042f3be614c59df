"""The list of schedules, in place of django-celery-beat's own five pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import ModelAdmin

from tasks_app.admin.common import Person
from tasks_app.admin.filters import KindFilter, OneOf
from tasks_app.admin.jobs.lineage import told, with_lineage
from tasks_app.admin.layout import Layout
from tasks_app.admin.schedules import access, actions, filling, once, pausing, preview
from tasks_app.admin.schedules import page as schedule_page
from tasks_app.admin.schedules.history import slot_badge
from tasks_app.admin.schedules.next_run import after_the_pause
from tasks_app.admin.searching import by_reading
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import row_by_row
from tasks_app.display import beside, cause, cut, when
from tasks_app.models import Job, SchedulePause, Slot
from tasks_app.monitor.health import work
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.policies.words import paused_briefly
from tasks_app.schedules.rhythm import words

for _model in (PeriodicTask, CrontabSchedule, IntervalSchedule, ClockedSchedule, SolarSchedule):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


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
        return [("invalid", _("Cannot run")), ("late", _("Late"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        found = [work.invalid_schedules()] if "invalid" in chosen else []
        found += [work.late_schedules(shared_time.now())] if "late" in chosen else []
        if not found:
            return queryset
        return queryset.filter(reduce(or_, (Q(options__in=options) for options in found)))


def switch_for(user: Person) -> Callable[[PeriodicTask], str]:
    """The column of switches: those turn that the person may turn."""
    may_change = user.has_perm(access.CHANGE)

    @admin.display(description=_("On"))
    def switch(schedule: PeriodicTask) -> str:
        may_switch = may_change and access.may_handle(user, schedule)
        return render_to_string(
            "tasks_app/schedule_switch.html", {"schedule": schedule, "may_switch": may_switch}
        )

    return switch


@admin.register(PeriodicTask)
class ScheduleAdmin(ModelAdmin):
    list_display = ("title", "problem", "next_run", "rhythm", "last_outcome")
    list_display_links = ("title",)
    layout = Layout(title="title", state="switch", time="next_run", problem="problem", wide=("rhythm",))
    list_filter = (SwitchedFilter, ScheduleKindFilter, TroubleFilter)
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    ordering = ("name",)
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = _("Part of the name")
    actions = ("run_selected", "switch_on", "switch_off")
    empty_icon = "schedule"
    empty_title = _("No schedules yet")
    empty_text = _("A schedule runs a job by itself: every hour, each Monday, once on a day you choose.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        last = Slot.objects.filter(schedule=OuterRef("pk")).order_by("-moment")
        rows = with_rhythms(super().get_queryset(request).select_related("options"))
        held = SchedulePause.objects.on(shared_time.now()).order_by("begins_at")
        rows = rows.prefetch_related(Prefetch("pauses", held, to_attr="held_by"))
        annotated: QuerySet[PeriodicTask] = rows.annotate(
            last_state=Subquery(last.values("state")[:1]),
            last_moment=Subquery(last.values("moment")[:1]),
            last_job=Subquery(last.values("job_id")[:1]),
        )
        return row_by_row(_with_reruns(annotated))

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

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        return (switch_for(request.user), *super().get_list_display(request))

    @admin.display(description=_("Schedule"))
    def title(self, schedule: PeriodicTask) -> str:
        return beside(schedule.name, access.job_label(schedule))

    @admin.display(description=_("Rhythm"))
    def rhythm(self, schedule: PeriodicTask) -> str:
        return cut(words(schedule))

    @admin.display(description=_("Next run"))
    def next_run(self, schedule: PeriodicTask) -> str:
        options = getattr(schedule, "options", None)
        pause = paused_at(schedule)
        if pause is not None and schedule.enabled:
            return when(after_the_pause(schedule, pause))
        return when(options.next_slot if options and schedule.enabled else None)

    @admin.display(description=_("Last time"))
    def last_outcome(self, schedule: PeriodicTask) -> str:
        if not getattr(schedule, "last_state", None):  # a row that cannot be read whole comes without it
            return "–"
        again = told(schedule.rerun_state, schedule.rerun_id, schedule.rerun_state_now)
        badge, at = slot_badge(schedule.last_state), when(schedule.last_moment)
        return format_html("{} {} {}", badge, at, again or "")

    @admin.display(description=_("Problem"), empty_value="")
    def problem(self, schedule: PeriodicTask) -> str:
        options = getattr(schedule, "options", None)
        if options and options.invalid:
            return cause(access.problem_shown(schedule))
        pause = paused_at(schedule)
        return cut(paused_briefly(pause, shared_time.now())) if pause else ""

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
            page("<path:object_id>/run-changed/", once.run_changed, "run_changed"),
            page("<path:object_id>/pause/", pausing.pause, "pause"),
            page("<path:object_id>/resume/", pausing.resume, "resume"),
            page("<path:object_id>/fill-in/", filling.fill_in, "fill_in"),
            page("<path:object_id>/fill-in/<uuid:fill_in_id>/stop/", filling.stop_filling, "fill_in_stop"),
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


def paused_at(schedule: Any) -> SchedulePause | None:
    """The pause that holds it, of a row of the list; a row that cannot be read whole comes without it."""
    return next(iter(getattr(schedule, "held_by", ())), None)


def _with_reruns(schedules: QuerySet[PeriodicTask]) -> QuerySet[PeriodicTask]:
    """Each with what came of the job of its last slot when that was run again."""
    job = with_lineage(Job.objects.filter(pk=OuterRef("last_job")))
    found: QuerySet[PeriodicTask] = schedules.annotate(
        **{name: Subquery(job.values(name)[:1]) for name in ("rerun_id", "rerun_state", "rerun_state_now")}
    )
    return found
