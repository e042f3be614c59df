"""Promises of schedules in a period: which were kept, which were broken, and why."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.reports.base import Order, ReportType
from backoffice.reports.promise_days import Promises
from backoffice.reports.registry import register
from backoffice.reports.sections import (
    LONG,
    Badge,
    Column,
    Figure,
    Figures,
    Row,
    Section,
    Share,
    Sheet,
    Table,
    Words,
    capped,
)
from backoffice.reports.selection import Selection

TOP_CAUSES = 10

# What each figure counts.
DAYS = _("Days of the period on which a schedule was promised to be done by some hour.")
KEPT = _("Days on which it was done by then.")
BROKEN = _("Days on which it was not, or too late.")
SHARE_KEPT = _("The days that were kept, as a part of all that were promised.")
STREAK = _("The most days in a row that were kept, within the period.")


def _broken_of(rows: Selection) -> Selection:
    return rows.having("kept", False)


@register
class PromisesReport(ReportType):
    slug = "promises"
    title = _("Promises of schedules")
    description = _("Days on which schedules were done as promised, those on which they were not, and why.")
    groups = frozenset({"Managers", "Support"})

    def sections(self, order: Order) -> list[Section]:
        found = Promises(order.period)
        if not found.days:
            return [
                Words(
                    gettext("No promise came due in this period, so there is nothing to report: %(period)s.")
                    % {"period": order.period},
                    tone="calm",
                )
            ]
        return [_figures(found), _by_schedule(found), _causes(found), _broken(found)]

    def sheet(self, order: Order) -> Sheet:
        columns = [_("Day"), _("Schedule"), _("To be done by"), _("Kept"), _("Done"), _("Why")]
        found = Promises(order.period)
        return Sheet(columns, _sheet_rows(found), whole=found.rows)


def _figures(found: Promises) -> Figures:
    whole = found.whole
    share = Share(whole.kept / whole.days)
    return Figures(
        [
            Figure(_("Days promised"), whole.days, behind=found.rows, definition=DAYS),
            Figure(_("Kept"), whole.kept, "", "good", found.rows.having("kept", True), KEPT),
            Figure(
                _("Broken"),
                whole.broken,
                "",
                "bad" if whole.broken else "good",
                _broken_of(found.rows),
                BROKEN,
            ),
            Figure(
                _("Share kept"), share, "", "good" if share.value >= 0.99 else "warn", found.rows, SHARE_KEPT
            ),
        ]
    )


def _by_schedule(found: Promises) -> Table:
    """The worst first."""
    order = sorted(found.by_schedule.items(), key=lambda item: (item[1].kept / item[1].days, item[0]))
    rows: list[Row] = [
        [name, one.days, one.kept, one.broken, Share(one.kept / one.days), one.longest] for name, one in order
    ]
    shown, note = capped(rows[: settings.REPORT_MAX_ROWS], len(rows))
    return Table(
        _("By schedule"),
        [
            Column(_("Schedule"), 40),
            Column(_("Days"), 10, number=True, definition=DAYS),
            Column(_("Kept"), 10, number=True, definition=KEPT),
            Column(_("Broken"), 12, number=True, definition=BROKEN),
            Column(_("Share kept"), 13, number=True, definition=SHARE_KEPT),
            Column(_("Longest streak"), 15, number=True, definition=STREAK),
        ],
        shown,
        empty=_("No schedule had a promise."),
        note=note,
        behind=[_behind_schedule(found.rows_by_schedule[name]) for name, _one in order[: len(shown)]],
        whole=found.rows,
    )


def _behind_schedule(rows: Selection) -> list[Selection]:
    return [rows, rows, rows.having("kept", True), _broken_of(rows), rows, rows.having("kept", True)]


def _causes(found: Promises) -> Table:
    """Why, without what names persons; the numbers add up to all that was broken."""
    counted = found.causes.most_common()
    rows: list[Row] = [[count, said] for said, count in counted[:TOP_CAUSES]]
    rest = sum(count for _said, count in counted[TOP_CAUSES:])
    rows += [[rest, gettext("Other causes")]] if rest else []
    broken, top = _broken_of(found.rows), [said for said, _count in counted[:TOP_CAUSES]]
    each = [
        *(broken.having("why", said) for said in top),
        *([broken.not_having("why", *top)] if rest else []),
    ]
    return Table(
        _("Why they were broken"),
        [Column(_("Days"), 12, number=True, definition=BROKEN), Column(_("Why"), 88)],
        rows,
        empty=_("None was broken."),
        behind=[[one, one] for one in each],
        whole=broken,
    )


def _broken(found: Promises) -> Table:
    broken = [day for day in found.days if not day.kept]
    rows: list[Row] = [[day.day, day.schedule_name, day.deadline, day.done_at, day.said] for day in broken]
    shown, note = capped(rows[: settings.REPORT_MAX_ROWS], len(rows))
    return Table(
        _("Broken, by day"),
        [
            Column(_("Day"), 15),
            Column(_("Schedule"), 22),
            Column(_("To be done by"), 15),
            Column(_("Done"), 15),
            Column(_("Why"), 33),
        ],
        shown,
        empty=_("None was broken."),
        note=note,
        behind=()
        if len(shown) > LONG
        else [5 * [found.rows.having("id", str(day.pk))] for day in broken[: len(shown)]],
        whole=_broken_of(found.rows),
    )


def _sheet_rows(found: Promises) -> Iterator[Row]:
    for day in found.days:
        kept = Badge(_("Kept"), "good") if day.kept else Badge(_("Broken"), "bad")
        yield [day.day, day.schedule_name, day.deadline, kept, day.done_at, day.said]
