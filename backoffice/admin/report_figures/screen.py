"""A report on screen: the same sections as its document, from its snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import override
from django.views.decorators.http import require_safe

from backoffice.admin import audited
from backoffice.admin.report_figures.rows import not_kept
from backoffice.admin.report_page import find
from backoffice.admin.viewer import viewer
from backoffice.models import Download, Report
from backoffice.reports.base import Addresses
from backoffice.reports.sections import Pair, Section, Table
from backoffice.reports.snapshots.reading import Kept, kept_of
from backoffice.sign_in.address import client_address
from tasks_app.admin.common import log_action

PER_PAGE = 100  # rows of a long table
TEMPLATES = ("backoffice/reports/", "backoffice/report/screen/")  # of the document, of the page


@dataclass(frozen=True)
class Shown:
    """A section as the page shows it; of a long table some rows, and the way to the others."""

    template: str
    section: Section
    page: Page[int] | None = None
    turn: str = ""  # what the address calls its page


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    report = find(request, object_id)
    kept = kept_of(report)
    if kept is None:
        return not_kept(request, report)
    if request.method == "GET" and not request.GET:  # turning a page of it is no other reading
        Download.objects.create(
            report=report, user=viewer(request), address=client_address(request), preview=True
        )
        log_action(request, report, audited.READ())
    sections = [shown for section in kept.sections for shown in _shown(request, kept, section)]
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": report.title,
        "opts": Report._meta,
        "report": report,
        "kept": kept,
        "document": _document(report, sections),
    }
    return TemplateResponse(request, "backoffice/report/screen.html", context)


def _document(report: Report, sections: list[Shown]) -> str:
    """In the language of the report, which its numbers and days are written in too."""
    page = reverse("admin:backoffice_report_change", args=[report.pk]).removesuffix("change/")
    given = {"sections": sections, "order": Addresses(f"{page}rows/")}
    with override(report.language):
        return mark_safe(render_to_string("backoffice/report/screen/document.html", given))  # noqa: S308 - our own


def _shown(request: HttpRequest, kept: Kept, section: Section) -> list[Shown]:
    match section:
        case Pair():
            return [*_shown(request, kept, section.left), *_shown(request, kept, section.right)]
        case Table() if length := (kept.length_of_table(section.key) if not section.rows else 0):
            turn = f"rows-{section.key}"
            page = Paginator(range(length), PER_PAGE).get_page(request.GET.get(turn))
            start = page.start_index() - 1
            rows = kept.rows_of_table(section.key, start, PER_PAGE)
            return [Shown(_template(section), replace(section, rows=rows, first_row=start), page, turn)]
        case _:
            return [Shown(_template(section), section)]


def _template(section: Section) -> str:
    return section.template.replace(*TEMPLATES)
