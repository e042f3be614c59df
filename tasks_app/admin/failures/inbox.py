"""The failure inbox: what failed, why, how often of late, whom it touches, and what was decided about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.failures import cause_page, decisions, touched_page
from tasks_app.admin.failures.charts import spark
from tasks_app.admin.failures.filters import GroupKindFilter, StatusFilter, status_chips
from tasks_app.admin.failures.saying import address, count_of_touched, jobs_of, link, status_badge
from tasks_app.admin.layout import Layout
from tasks_app.admin.selection import grouped
from tasks_app.catalogue import kinds, label_of
from tasks_app.display import beside, when
from tasks_app.failures import spans
from tasks_app.failures.figures import Look, figures_of, look
from tasks_app.failures.keys import key_of_group, why
from tasks_app.failures.reach import with_reach
from tasks_app.failures.spans import Window
from tasks_app.models import FailureGroup
from tasks_app.notices import codes_saying

VIEW = "tasks_app.view_job"
SEEN = "_failures_seen"  # of a request


def seen_by(request: HttpRequest) -> Look:
    """What the clock has not counted yet; read once a request, before the list is."""
    known: dict[str, Any] = vars(request)
    if SEEN not in known:
        known[SEEN] = look()
    found: Look = known[SEEN]
    return found


class CauseList(ChangeList):
    """Knows the figures of the page's causes: of all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        groups = list(self.result_list)
        self.result_list = groups
        seen = seen_by(request)
        windows = [spans.hour(seen.now), spans.day(seen.now), spans.week(seen.now)]
        figures = figures_of(groups, seen, windows)
        for group in groups:
            group.seen_at, group.windows, group.figures = seen.now, windows, figures[group.pk]

    def address_of(self, group: FailureGroup) -> str:
        return address(group)


@admin.register(FailureGroup)
class FailureGroupAdmin(BigTableAdmin):
    list_display = (
        "shown_status", "title", "last_hour", "last_day", "last_week", "all_failed", "needing",
        "touched", "seen",
    )  # fmt: skip
    list_display_links = ("title",)
    layout = Layout(title="title", state="shown_status", time="seen")
    list_filter = (StatusFilter, GroupKindFilter)
    list_select_related = ("owner",)
    list_before_template = "tasks_app/failures/above.html"
    ordering = ("-last_at", "-id")
    sortable_by = ()
    search_fields = ("cause",)
    search_help_text = _("Words of a cause, its code, or a kind of job")
    actions = ("make_known", "make_repaired", "make_ignored", "open_again")
    actions_in_batches = actions
    empty_icon = "task_alt"
    empty_title = _("Nothing to look at")
    empty_text = _("No job has failed with a cause that nobody has decided about.")

    # --- The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CauseList

    def get_queryset(self, request: HttpRequest) -> QuerySet[FailureGroup]:
        return with_reach(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        named = [kind.name for kind in kinds() if term.casefold() in str(kind.label).casefold()]
        said = Q(cause__in=codes_saying(term)) | Q(cause__icontains=term) | Q(error_class__icontains=term)
        return queryset.filter(said | Q(kind__in=named) | Q(kind__icontains=term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses it
        seen = seen_by(request)
        context = {"state_chips": status_chips(request), "seen": seen}
        return super().changelist_view(request, context | (extra_context or {}))

    @admin.display(description=_("Status"))
    def shown_status(self, group: Any) -> str:
        return status_badge(group, group.seen_at)

    @admin.display(description=_("Why"))
    def title(self, group: Any) -> str:
        return beside(why(key_of_group(group)), label_of(group.kind))

    @admin.display(description=_("1 h"))
    def last_hour(self, group: Any) -> str:
        return _of_window(group, group.windows[0], _("Failed in the last hour, every five minutes"))

    @admin.display(description=_("24 h"))
    def last_day(self, group: Any) -> str:
        return _of_window(group, group.windows[1], _("Failed in the last 24 hours, by hour"))

    @admin.display(description=_("7 d"))
    def last_week(self, group: Any) -> str:
        return _of_window(group, group.windows[2], _("Failed in the last 7 days, by day"))

    @admin.display(description=_("Failed"))
    def all_failed(self, group: Any) -> str:
        return link(grouped(group.figures.failed), jobs_of(group))

    @admin.display(description=_("Left"))
    def needing(self, group: Any) -> str:
        return link(grouped(group.figures.need_somebody), jobs_of(group, repaired="no"))

    @admin.display(description=_("Touches"))
    def touched(self, group: Any) -> str:
        """People and schedules beside each other: the cause has the room that this leaves."""
        sorts = (("person", group.people, _("People")), ("schedule", group.schedules, _("Schedules")))
        found = [
            format_html(
                '<span class="material-symbols-outlined" aria-hidden="true">{}</span>{}',
                sort,
                link(count_of_touched(count), f"{_touched(group)}?sort={sort}", str(title)),
            )
            for sort, count, title in sorts
            if count
        ]
        return format_html('<span class="bo-figure">{}</span>', SafeString("".join(found))) if found else "–"

    @admin.display(description=_("Seen"))
    def seen(self, group: Any) -> SafeString:
        """First and last: the day of one, the time of the other; day or month once, where it is the same."""
        first, last = timezone.localtime(group.first_at), timezone.localtime(group.figures.last_at)
        if group.first_at == group.figures.last_at:
            return SafeString(when(group.first_at))
        if first.date() == last.date():
            return format_html("{} – {}", SafeString(when(group.first_at)), date_format(last, "H:i"))
        is_alike = (first.year, first.month) == (
            last.year,
            last.month,
        ) and last.date() != timezone.localdate()
        day = date_format(first, "j" if is_alike else str(_("j M")))
        return format_html("{} – {}", day, SafeString(when(group.figures.last_at)))

    # --- One cause

    def has_view_permission(self, request: HttpRequest, obj: FailureGroup | None = None) -> bool:
        return request.user.has_perm(VIEW)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return cause_page.by_number(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"tasks_app_failuregroup_{name}")

        return [
            page("cause/", cause_page.by_address, "cause"),
            page("<path:object_id>/touched/", touched_page.show, "touched"),
            page("<path:object_id>/known/", decisions.make_known, "known"),
            page("<path:object_id>/repaired/", decisions.make_repaired, "repaired"),
            page("<path:object_id>/ignored/", decisions.make_ignored, "ignored"),
            page("<path:object_id>/open/", decisions.open_again, "open"),
            *super().get_urls(),
        ]

    # --- Many causes

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(decisions.MAY_DECIDE)

    @admin.action(description=_("Known …"), permissions=["decide"])
    def make_known(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return decisions.decide_many(request, queryset, decisions.KNOWN, "make_known")

    @admin.action(description=_("Repaired …"), permissions=["decide"])
    def make_repaired(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return decisions.decide_many(request, queryset, decisions.REPAIRED, "make_repaired")

    @admin.action(description=_("Ignore …"), permissions=["decide"])
    def make_ignored(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return decisions.decide_many(request, queryset, decisions.IGNORED, "make_ignored")

    @admin.action(description=_("Open again …"), permissions=["decide"])
    def open_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return decisions.decide_many(request, queryset, decisions.OPEN, "open_again")


def _of_window(group: Any, window: Window, title: Any) -> SafeString:
    """How many, and the drawing beside it."""
    count = group.figures.within(window)
    if not count:
        return SafeString("–")
    shown = link(grouped(count), jobs_of(group, since=window.since))
    return format_html(
        '<span class="bo-figure">{} {}</span>', shown, spark(group.figures.parts[window], title)
    )


def _touched(group: FailureGroup) -> str:
    return reverse("admin:tasks_app_failuregroup_touched", args=[group.pk])
