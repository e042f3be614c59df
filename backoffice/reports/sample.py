"""A document of made-up figures, to look at how documents look."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backoffice.reports.base import Order, ReportType
from backoffice.reports.looks.look import Look
from backoffice.reports.sections import (
    Badge,
    Chart,
    Column,
    Figure,
    Figures,
    Section,
    Series,
    Share,
    Table,
    Words,
)


class Sample(ReportType):
    """Nobody orders it, so the registry does not know it."""

    slug = "sample"
    title = _("Sample")
    description = _("How reports look.")
    groups = frozenset()

    def sections(self, order: Order) -> Sequence[Section]:
        return [_figures(), _words(), _chart(), _table()]


def preview(look: Look, made_by: str) -> bytes:
    """The sample as PDF, in the active language."""
    # WeasyPrint takes seconds to import, and pages need it here alone.
    from backoffice.reports import pdf

    now, kind = timezone.now(), Sample()
    order = Order(kind, {"language": get_language(), "format": "pdf"}, now, now, made_by, look)
    file = BytesIO()
    pdf.write(order, kind.sections(order), file, lambda percent, note: None)
    return file.getvalue()


def _figures() -> Figures:
    return Figures(
        [
            Figure(_("Emails"), 1204, gettext("that should have been sent")),
            Figure(_("Success rate"), Share(0.987), tone="good"),
            Figure(_("Not settled"), 3, tone="warn"),
            Figure(_("In trouble"), 12, tone="bad"),
        ]
    )


def _words() -> Words:
    return Words(gettext("These figures are made up: this page shows how your reports look."), tone="calm")


def _chart() -> Chart:
    bars = [40, 64, 58, 71, 66, 12, 9]
    return Chart(
        _("Emails by day"),
        [str(day) for day in range(1, len(bars) + 1)],
        [Series(_("Accepted"), bars), Series(_("Not sent"), [number // 9 for number in bars], "bad")],
        gettext("Bars have the accent colour."),
    )


def _table() -> Table:
    return Table(
        _("By template"),
        [Column(_("Template"), 60), Column(_("Emails"), 20, number=True), Column(_("State"), 20)],
        [
            [gettext("Invoice"), 802, Badge(_("Well"), "good")],
            [gettext("Reminder"), 402, Badge(_("Late"), "warn")],
        ],
        empty="",
    )
