"""A report beside what the live rows say today."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from backoffice.admin.report_figures.rows import not_kept
from backoffice.admin.report_figures.values import Line, lines_of, shown_columns
from backoffice.admin.report_page import find
from backoffice.models import Report
from backoffice.reports.errors import CannotOrder
from backoffice.reports.snapshots.reading import Kept, kept_of
from backoffice.reports.snapshots.today import Moved, Moves, Row, Today, is_too_much

MOST_FIGURES = 60
NAMED = 5  # rows of a figure


@dataclass(frozen=True)
class Group:
    """Figures of one section that moved."""

    title: str
    figures: list[Figure]


@dataclass(frozen=True)
class Figure:
    """One that moved, with the first of the rows that moved it."""

    name: str
    moved: Moved
    lines: list[Line]
    more: int  # rows that are not named


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    report = find(request, object_id)
    kept = kept_of(report)
    if kept is None:
        return not_kept(request, report)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("%(title)s, compared with today") % {"title": report.title},
        "opts": Report._meta,
        "report": report,
        "kept": kept,
        "other_code": kept.snapshot.versions.get("code") != settings.VERSION,
        "code": settings.VERSION,
        **_compared(request, kept),
    }
    return TemplateResponse(request, "backoffice/report/today.html", context)


def _compared(request: HttpRequest, kept: Kept) -> dict[str, Any]:
    if is_too_much(kept):
        said = _(
            "It has more rows than can be compared on a page. Order it again: a new issue says what moved."
        )
        return {"refusal": said}
    try:
        with override(kept.report.language):
            today = Today(kept, timezone.now())
            moved = today.moved
    except CannotOrder as error:
        return {"refusal": str(error)}
    moves = [one for one in today.moves if not one.is_nothing]
    return {
        "groups": _groups(request, moved[:MOST_FIGURES]),
        "moved": len(moved),
        "more_figures": max(0, len(moved) - MOST_FIGURES),
        "sources": [(one, shown_columns(one.source), _lines(request, one)) for one in moves],
    }


def _lines(request: HttpRequest, moves: Moves) -> list[Line]:
    return lines_of(request, moves.source, [(row.key, row.then, row.now) for row in moves.rows])


def _groups(request: HttpRequest, moved: list[Moved]) -> list[Group]:
    """By section; the figures at the top have none."""
    known = _named(request, [row for one in moved for row in one.rows[:NAMED]])
    groups = []
    for title, some in groupby(moved, lambda one: one.names[0] if len(one.names) > 1 else ""):
        figures = [_figure(one, known) for one in some]
        groups.append(Group(title, figures))
    return groups


def _figure(moved: Moved, known: dict[tuple[str, str], Line]) -> Figure:
    lines = [known[row.source.name, row.key] for row in moved.rows[:NAMED]]
    name = " › ".join(moved.names[1:] or moved.names)
    return Figure(name, moved, lines, len(moved.rows) - len(lines) + moved.more)


def _named(request: HttpRequest, rows: list[Row]) -> dict[tuple[str, str], Line]:
    """The rows that are named beside figures, those of each source asked for together."""
    by_source: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_source.setdefault(row.source.name, {})[row.key] = row
    found: dict[tuple[str, str], Line] = {}
    for name, some in by_source.items():
        source = next(iter(some.values())).source
        lines = lines_of(request, source, [(row.key, row.then, row.now) for row in some.values()])
        found |= {(name, key): line for key, line in zip(some, lines, strict=True)}
    return found
