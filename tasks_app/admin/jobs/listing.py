"""The list of jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from tasks_app import places
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import DayRangeFilter, KindFilter, MomentRangeFilter, is_narrowed
from tasks_app.admin.jobs import cancelling, correcting, export, rerun, rerun_many, settling
from tasks_app.admin.jobs import log as job_log
from tasks_app.admin.jobs import page as job_page
from tasks_app.admin.jobs.access import may_see
from tasks_app.admin.jobs.filters import (
    CauseFilter,
    DueFilter,
    IgnoredFilter,
    OriginFilter,
    OtherCausesFilter,
    QueueFilter,
    RepairedFilter,
    StateFilter,
    TroubleFilter,
)
from tasks_app.admin.jobs.lineage import mark, with_lineage
from tasks_app.admin.jobs.query import saved
from tasks_app.admin.jobs.query.finding import SEARCHED_ATTEMPTS, matching
from tasks_app.admin.jobs.query.suggesting import suggest
from tasks_app.admin.layout import Layout
from tasks_app.admin.things import page_of
from tasks_app.catalogue import label_of
from tasks_app.db import shared_time
from tasks_app.display import beside, capped, cause_of, counts_up_to, span, state_badge, when, who
from tasks_app.models import Job, QueueState, State
from tasks_app.models.job import JobQuerySet, Origin
from tasks_app.monitor.pauses import pauses
from tasks_app.subject import listed, subject_of

# How far the numbers above the list count.
COUNTED = 99
COUNTED_STATES = (State.WAITING, State.RUNNING, State.UNKNOWN)
STATES = (StateFilter.parameter_name, RepairedFilter.parameter_name)  # what the links above the list choose


# Asking a row for it compares all choices, in the reader's language, each time.
ORIGINS = dict(Origin.choices)


@admin.register(Job)
class JobAdmin(BigTableAdmin):
    list_display = (
        "status",
        "title",
        "problem",
        "created",
        "waited",
        "took",
        "attempts",
        "queue",
        "launched_by",
    )
    list_display_links = ("title",)
    layout = Layout(title="title", state="status", time="created", problem="problem")
    list_select_related = ("created_by",)
    list_filter = (
        StateFilter,
        RepairedFilter,
        KindFilter,
        CauseFilter,
        OtherCausesFilter,
        IgnoredFilter,
        QueueFilter,
        OriginFilter,
        TroubleFilter,
        DueFilter,
        ("created_at", DayRangeFilter),
        ("ended_at", MomentRangeFilter),
    )
    list_before_template = "tasks_app/job_states.html"
    ordering: ClassVar[tuple[str, ...]] = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("about",)
    search_help_text = _("Part of an address, name or title, an id, or words of an error")
    search_suggestions = "admin:tasks_app_job_suggest"
    search_examples = (
        "state:failed last:24h",
        "state:waiting,running -queue:low",
        "user:me >5m",
        '"mailbox is full"',
    )
    search_grammar = _(
        "A blank means “and”, a comma “or”, a minus “not”; quotation marks keep words together."
    )
    actions = ("run_selected_again", "cancel_selected", "settle_selected")
    actions_in_batches = actions
    empty_icon = "list_alt"
    empty_title = _("No jobs yet")
    empty_text = _("A job appears here as soon as somebody launches one or a schedule is due.")

    # --- The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return with_lineage(listed(cast(JobQuerySet, super().get_queryset(request))))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        chosen = request.GET.getlist(DueFilter.parameter_name)
        return DueFilter.orders.get(chosen[0], self.ordering) if len(chosen) == 1 else self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By words and qualifiers: see query/."""
        return (matching(request, queryset, search_term) if search_term.strip() else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "state_chips": _state_chips(request),
            "pauses": pauses(),
            "queues_url": page_of(request, QueueState()),
            "searched_attempts": number_format(SEARCHED_ATTEMPTS, force_grouping=True),
        }
        shown = super().changelist_view(request, context | (extra_context or {}))
        found = shown.context_data if isinstance(shown, TemplateResponse) else None
        if found and "cl" in found and request.method == "GET":
            saved.keep_counts(request, found["cl"])
        return shown

    def address_to_save(self, query: str) -> str:
        return saved.address_to_save(query)

    def export_page(self, request: HttpRequest) -> str:
        return reverse("admin:tasks_app_job_export") if self.has_export_permission(request) else ""

    @admin.display(description=_("State"))
    def status(self, job: Job) -> str:
        return state_badge(job.state)

    @admin.display(description=_("Job"))
    def title(self, job: Job) -> str:
        return beside(label_of(job.name), subject_of(job))

    @admin.display(description=_("By"))
    def launched_by(self, job: Job) -> str:
        return str(who(job.created_by) if job.created_by else ORIGINS.get(job.origin, job.origin))

    @admin.display(description=_("When"))
    def created(self, job: Job) -> str:
        return when(job.created_at)

    @admin.display(description=_("Waited"))
    def waited(self, job: Job) -> str:
        """Until its last run began, or until now; from when it was due."""
        since = job.available_at or job.created_at
        until = job.started_at if job.state != State.WAITING else shared_time.now()
        return span(until - since) if until and until > since else "–"

    @admin.display(description=_("Attempts"))
    def attempts(self, job: Job) -> str:
        return str(job.runs or "–")

    @admin.display(description=_("Took"))
    def took(self, job: Job) -> str:
        return span(job.duration)

    @admin.display(description=_("Error"), empty_value="")
    def problem(self, job: Job) -> str:
        # What an earlier attempt failed with is on its page.
        why = "" if job.state == State.SUCCEEDED else cause_of(job)
        if again := mark(job):
            return format_html('<span class="bo-pair">{} {}</span>', again, why)
        return why

    # --- One job

    def has_view_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """Whoever may see jobs; and everybody what they launched themselves."""
        return super().has_view_permission(request, obj) or (obj is not None and may_see(request.user, obj))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return job_page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(
                f"<path:object_id>/{route}/", self.admin_site.admin_view(view), name=f"tasks_app_job_{name}"
            )

        return [
            path("export/", self.admin_site.admin_view(self.export_view), name="tasks_app_job_export"),
            path("suggest/", self.admin_site.admin_view(suggest), name="tasks_app_job_suggest"),
            page("live", job_page.live, "live"),
            page("log", job_log.as_text, "log"),
            page("rerun", rerun.run_again, "rerun"),
            page("correct", correcting.correct, "correct"),
            page("cancel", cancelling.cancel_one, "cancel"),
            page("settle", settling.settle_one, "settle"),
            *super().get_urls(),
        ]

    # --- Many jobs

    def has_rerun_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tasks_app.rerun_job")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["tasks_app.view_job", "tasks_app.export_job"])

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        return export.export(request, self)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tasks_app.cancel_job")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tasks_app.settle_job")

    @admin.action(description=_("Run again …"), permissions=["rerun"])
    def run_selected_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        return rerun_many.run_many_again(request, queryset)

    @admin.action(description=_("Cancel …"), permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        return cancelling.cancel_many(request, queryset)

    @admin.action(description=_("Settle …"), permissions=["settle"])
    def settle_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        return settling.settle_many(request, queryset)


def _state_chips(request: HttpRequest) -> list[dict[str, Any]]:
    """The states as links above the list, which keep all else that it is narrowed to; where it is to nothing,
    those that need somebody say how many there are."""
    chosen = request.GET.getlist(StateFilter.parameter_name)
    repaired = request.GET.getlist(RepairedFilter.parameter_name) == [RepairedFilter.YES]
    chips: list[dict[str, Any]] = [
        {"label": _("All"), "query": _with_state(request), "active": not chosen and not repaired}
    ]
    counts = {} if is_narrowed(request, *STATES) else _counts_by_state()
    for state in State:
        count = capped(counts[state], COUNTED) if state in counts else ""
        chips.append(
            {
                "label": state.label,
                "query": _with_state(request, state),
                "active": chosen == [state] and not repaired,
                "count": "" if count == "0" else count,
            }
        )
        if state == State.FAILED:
            query = _with_state(request, state, RepairedFilter.YES)
            chips.append({"label": _("Repaired"), "query": query, "active": repaired})
    return chips


def _counts_by_state() -> dict[State, int]:
    found = counts_up_to(COUNTED, [Job.objects.filter(state=state) for state in COUNTED_STATES])
    return dict(zip(COUNTED_STATES, found, strict=True))


def _with_state(request: HttpRequest, state: State | None = None, repaired: str = "") -> str:
    """The same list with jobs of this state alone, or of every state; on its first page."""
    query = request.GET.copy()
    for name in (PAGE_VAR, *places.NAMES, *STATES):
        query.pop(name, None)
    if state:
        query[StateFilter.parameter_name] = state.value
    if repaired:
        query[RepairedFilter.parameter_name] = repaired
    return f"?{query.urlencode()}"
