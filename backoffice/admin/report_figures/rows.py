"""The rows behind a figure: as they were counted, which of them are gone, and which changed since."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.admin.report_figures.values import Line, lines_of, shown_columns
from backoffice.admin.report_page import find
from backoffice.models import Report
from backoffice.reports.snapshots import places
from backoffice.reports.snapshots.places import Placed
from backoffice.reports.snapshots.reading import kept_of
from backoffice.reports.sources.population import Population
from backoffice.reports.sources.source import Source

PER_PAGE = 50


@require_safe
def show(request: HttpRequest, object_id: str, place: str) -> HttpResponse:
    report = find(request, object_id)
    kept = kept_of(report)
    if kept is None:
        return not_kept(request, report)
    figure = places.find(kept.sections, place)
    if figure is None or figure.behind is None:
        raise Http404
    source, population = kept.source(figure.behind.source), kept.population(figure.behind.source)
    if source is None or population is None:
        return not_kept(request, report)
    context = admin.site.each_context(request) | _of_rows(request, figure, source, population)
    context |= {
        "title": _("The rows behind a figure"),
        "name": " › ".join(figure.names),
    }  # in the report's words
    context |= {"opts": Report._meta, "report": report, "kept": kept}
    return TemplateResponse(request, "backoffice/report/rows.html", context)


def not_kept(request: HttpRequest, report: Report) -> HttpResponse:
    """404, with the reason: it was made before what is behind figures was kept, or by a later version."""
    context = admin.site.each_context(request) | {
        "title": _("The rows behind this report were not kept"),
        "report": report,
        "opts": Report._meta,
    }
    return TemplateResponse(request, "backoffice/report/not_kept.html", context, status=404)


def _of_rows(request: HttpRequest, figure: Placed, source: Source, population: Population) -> dict[str, Any]:
    selected = population.select(figure.behind) if figure.behind else []
    page = Paginator(selected, PER_PAGE).get_page(request.GET.get("p"))
    keys = list(page)
    now = source.now(keys)
    lines = lines_of(request, source, [(key, population.rows[key], now.get(key)) for key in keys])
    return {
        "figure": figure,
        "source": source,
        "columns": shown_columns(source),
        "lines": lines,
        "page": page,
        "kept_rows": len(population.rows),
        "all_rows": population.total,
        "is_whole": population.is_whole,
        **_counts(lines),
    }


def _counts(lines: list[Line]) -> dict[str, int]:
    """Of this page alone: to ask of all of them is what comparing is for."""
    return {"gone": sum(one.is_gone for one in lines), "changed": sum(bool(one.changes) for one in lines)}
