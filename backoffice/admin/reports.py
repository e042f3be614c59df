"""Reports: the list of those one may see, to find and download; ordering leads to the launch page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.admin import report_page
from backoffice.admin.report_figures import again, rows, screen, today
from backoffice.admin.report_links import type_title
from backoffice.admin.viewer import viewer
from backoffice.models import Report
from backoffice.reports import registry
from backoffice.reports.forms import Format
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import DayRangeFilter, OneOf
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import in_column
from tasks_app.catalogue import launchables
from tasks_app.display import badge, cut, when, who

FORMAT_LOOKS = {
    Format.PDF: ("info", "picture_as_pdf"),
    Format.CSV: ("success", "table"),
    Format.XLSX: ("success", "table_view"),
}
BUTTON = (
    "border border-base-200 font-medium inline-flex gap-2 items-center px-3 py-1 rounded-default "
    "text-important whitespace-nowrap hover:text-primary-600 dark:border-base-700"
)
# What the list must not read: it shows neither.
LONG_COLUMNS = ("parameters", "sha256", "folded")


class TypeFilter(OneOf):
    """Only the types this person may see are offered, and no other can be asked for."""

    title = _("report")
    parameter_name = "type"
    column = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(one.slug, str(one.title)) for one in registry.visible_types(request.user)]


class LanguageFilter(OneOf):
    title = _("language")
    parameter_name = "language"
    column = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return settings.LANGUAGES


@admin.register(Report)
class ReportAdmin(BigTableAdmin):
    list_display = (
        "name",
        "file_link",
        "kind",
        "format_shown",
        "extent",
        "language_shown",
        "ordered_by",
        "made",
    )
    list_display_links = ("name",)
    layout = Layout(
        title="name", state="format_shown", time="made", action="file_link", wide=("kind", "ordered_by")
    )
    list_select_related = ("created_by",)
    list_filter = (TypeFilter, LanguageFilter, ("created_at", DayRangeFilter))
    list_before_template = "backoffice/report/order.html"
    ordering = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("title",)
    search_help_text = _("Part of the title, or a job's id")
    actions = None
    empty_icon = "picture_as_pdf"
    empty_title = _("No report yet")
    empty_text = _(
        "A report appears here as soon as it is made. Order one: choose what it is about, the period and "
        "the language; a minute later it can be downloaded."
    )

    # --- Who sees what

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        reports = super().get_queryset(request).defer(*LONG_COLUMNS)
        if viewer(request).is_superuser:
            return reports
        return reports.filter(type__in=[one.slug for one in registry.visible_types(request.user)])

    def has_view_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        allowed = super().has_view_permission(request, obj)
        return allowed and (obj is None or registry.may_see(request.user, obj.type))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Report], search_term: str
    ) -> tuple[QuerySet[Report], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        of_job = queryset.filter(job_id=term)
        return (of_job if of_job.exists() else in_column(request, queryset, term)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(
            request, {"orderable": orderable(request.user)} | (extra_context or {})
        )

    # --- One report

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return report_page.show(request, object_id)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return report_page.delete(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
            name = f"backoffice_report_{route}"
            return path(f"<path:object_id>/{route}/", self.admin_site.admin_view(view), name=name)

        return [
            page("download", report_page.download),
            page("read", report_page.read),
            page("hold", report_page.hold),
            page("release", report_page.release),
            page("screen", screen.show),
            page("today", today.show),
            page("again", again.make),
            page("made_again", again.download),
            path(
                "<path:object_id>/rows/<slug:place>/",
                self.admin_site.admin_view(rows.show),
                name="backoffice_report_rows",
            ),
            *super().get_urls(),
        ]

    # --- Columns

    @display(description=_("Report"))
    def name(self, report: Report) -> str:
        return cut(report.title)

    @display(description=_("Type"))
    def kind(self, report: Report) -> str:
        return type_title(report)

    @display(description=_("Format"))
    def format_shown(self, report: Report) -> str:
        variant, icon = FORMAT_LOOKS.get(Format(report.format), ("", "description"))
        return badge(report.format.upper(), variant, icon)

    @display(description=_("Size"))
    def extent(self, report: Report) -> str:
        return filesizeformat(report.size)

    @display(description=_("Language"))
    def language_shown(self, report: Report) -> str:
        return str(dict(settings.LANGUAGES).get(report.language, report.language))

    @display(description=_("For"))
    def ordered_by(self, report: Report) -> str:
        return cut(who(report.created_by))

    @display(description=_("Made"))
    def made(self, report: Report) -> str:
        return when(report.created_at)

    @display(description="")
    def file_link(self, report: Report) -> str:
        return format_html(
            '<a href="{}" title="{}" class="{}"><span class="material-symbols-outlined text-base!" '
            'aria-hidden="true">download</span>{}</a>',
            reverse("admin:backoffice_report_download", args=[report.pk]),
            report.file_name,
            BUTTON,
            _("Download"),
        )


def orderable(user: Any) -> list[dict[str, Any]]:
    """What this person may order, each with the address of its form."""
    return [
        {"label": one.label, "url": reverse("admin:launch_form", args=[one.slug])}
        for one in launchables(user)
        if one.slug.startswith("rapport_pdf:")
    ]
