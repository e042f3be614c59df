"""Legal holds, and the removal of a report, which they refuse.

A hold is a row that protects the report's: no way of deleting passes it by.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from backoffice import storage
from backoffice.models import LegalHold, Report
from backoffice.shelf import causes
from backoffice.shelf.causes import FileKept, Held


def hold(report: Report, *, by: Any, reason: str) -> bool:
    """Whether it is held by this, and was not before; raises Report.DoesNotExist where it is gone."""
    with transaction.atomic():
        Report.objects.select_for_update().get(pk=report.pk)  # a removal that began before is waited for
        _hold, made = LegalHold.objects.get_or_create(report=report, defaults={"by": by, "reason": reason})
    return made


def release(report: Report) -> bool:
    """False where it was not held."""
    released, _rows = LegalHold.objects.filter(report=report).delete()
    return bool(released)


def hold_of(report: Report) -> LegalHold | None:
    return LegalHold.objects.select_related("by").filter(report=report).first()


def removable(reports: QuerySet[Report]) -> QuerySet[Report]:
    """Those that are not held."""
    return reports.filter(hold=None)


def remove(report: Report) -> None:
    """Delete file and row. Raises Held, or FileKept, and then both stay."""
    with transaction.atomic():
        # A hold that comes at the same moment waits for this, and finds nothing.
        Report.objects.select_for_update().filter(pk=report.pk).first()
        if found := hold_of(report):
            raise Held(causes.HELD(reason=found.reason))
        if not storage.discard(report.file):
            raise FileKept
        report.delete()
