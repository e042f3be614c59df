"""One binder: its issues, which of them is current, who read them; and ordering the same for other days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from backoffice.admin.shelf.access import find, title_of
from backoffice.admin.viewer import viewer
from backoffice.models import Binder, Favourite, Issue, Report
from backoffice.reports.periods import LONGEST, Moving, Period
from backoffice.reports.periods.shifting import one_after, one_before, year_before_of
from backoffice.shelf.changes import current_of

ISSUES_SHOWN = 50
MOVES = (
    (gettext_lazy("For these days again"), lambda period: period),
    (gettext_lazy("For the period before"), one_before),
    (gettext_lazy("For the period after"), one_after),
    (gettext_lazy("For the same days a year before"), year_before_of),
)


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    binder = find(request, object_id)
    issues = list(
        Issue.objects.filter(binder=binder)
        .select_related("report__created_by", "report__hold")
        .annotate(readers=Count("report__downloads__user", distinct=True))
        .order_by("-number")[:ISSUES_SHOWN]
    )
    current = current_of(issues)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": binder.title,
        "opts": Binder._meta,
        "binder": binder,
        "type_title": title_of(binder.type),
        "days": Period(binder.first_day, binder.last_day),
        "issues": [(one, one.number in current) for one in issues],
        "are_more": len(issues) == ISSUES_SHOWN,
        "is_favourite": Favourite.objects.filter(user=viewer(request), type=binder.type).exists(),
        "orders": list(_orders(request, binder, issues[0].report)) if issues else [],
    }
    return TemplateResponse(request, "backoffice/shelf/binder.html", context)


def _orders(request: HttpRequest, binder: Binder, report: Report) -> Iterator[tuple[str, str, str]]:
    """Label, days and address of each order that may be made now; none for who may not order."""
    if not viewer(request).has_perm("backoffice.order_report") or "period" not in report.parameters:
        return
    kept = {
        name: value
        for name, value in report.parameters.items()
        if name not in ("first_day", "last_day", "period", "start", "end", "a_year_before")
    }
    today = timezone.localdate(timezone.now(), ZoneInfo(settings.TIME_ZONE))
    for label, move in MOVES:
        period = move(Period(binder.first_day, binder.last_day))
        if _is_possible(period, today):
            days = {"start": period.first.isoformat(), "end": period.last.isoformat()}
            asked = kept | days | {"period": Moving.CUSTOM.value}
            yield (
                str(label),
                str(period),
                reverse("admin:launch_form", args=[f"rapport_pdf:{binder.type}"], query=asked),
            )
    others = kept | {"period": Moving.CUSTOM.value}
    yield (
        _("For other days …"),
        "",
        reverse("admin:launch_form", args=[f"rapport_pdf:{binder.type}"], query=others),
    )


def _is_possible(period: Period, today: date) -> bool:
    return period.last <= today and period.last - period.first < timedelta(days=LONGEST)
