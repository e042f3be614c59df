"""Where a report belongs on the shelf: the binder of its days, and its number there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backoffice.models import Binder, Issue, Report
from tasks_app.db.bad_rows import read_each

# Of a report's parameters: how it looks, and what its days were asked for as.
NOT_OF_THE_BINDER = frozenset(
    {"format", "language", "period", "start", "end", "a_year_before", "first_day", "last_day"}
)
FILLED_AT_ONCE = 200  # reports of one transaction

type Figures = Sequence[Sequence[str]]  # label, value


def days_of(report: Report) -> tuple[date, date]:
    """The days it is about; of a report about no period, the one it was made on."""
    first, last = report.parameters.get("first_day"), report.parameters.get("last_day")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except (TypeError, ValueError):
        made = timezone.localdate(report.created_at, ZoneInfo(settings.TIME_ZONE))
        return made, made


def place(report: Report, figures: Figures | None = None) -> Issue:
    """Give the report its place, with what it says at a glance: in the transaction that makes it visible."""
    first, last = days_of(report)
    with transaction.atomic():
        binder, _made = Binder.objects.get_or_create(
            type=report.type,
            first_day=first,
            last_day=last,
            variant=_variant(report.parameters),
            defaults={"title": report.title, "latest_at": report.created_at},
        )
        binder = Binder.objects.select_for_update().get(pk=binder.pk)
        binder.issues_count += 1
        binder.title, binder.latest_at = report.title, report.created_at
        binder.save()
        kept = None if figures is None else [list(one) for one in figures]
        return Issue.objects.create(report=report, binder=binder, number=binder.issues_count, figures=kept)


def place_those_without(most: int) -> int:
    """Reports from before there was a shelf, or that were brought in, oldest first; returns how many."""
    missing = Report.objects.filter(issue=None).order_by("created_at", "pk")
    ids = list(missing.values_list("pk", flat=True)[:most])
    placed = 0
    for start in range(0, len(ids), FILLED_AT_ONCE):
        reports, _unread = read_each(Report.objects.all(), ids[start : start + FILLED_AT_ONCE])
        with transaction.atomic():
            for report in sorted(reports, key=lambda one: (one.created_at, one.pk)):
                place(report)
                placed += 1
    return placed


def _variant(parameters: Mapping[str, Any]) -> str:
    """ "" for a report that asks for days alone."""
    others = {name: value for name, value in sorted(parameters.items()) if name not in NOT_OF_THE_BINDER}
    return hashlib.sha256(json.dumps(others).encode()).hexdigest()[:32] if others else ""
