"""The sections in which a report compares its period with earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.reports.comparing import earlier, noticing
from backoffice.reports.comparing.changes import Change
from backoffice.reports.periods import Period, zone
from backoffice.reports.sections import Column, Row, Section, Table, Words


def on_record_since(oldest: datetime | None, made_at: datetime, kept_days: int) -> datetime | None:
    """The first moment from which all rows are there: of the day of the oldest, and not removed since.

    `kept_days` is how long rows are kept, 0 for ever.
    """
    if oldest is None:
        return None
    first_day = timezone.localdate(oldest, zone())
    since = Period(first_day, first_day).start
    return max(since, made_at - timedelta(days=kept_days)) if kept_days else since


@dataclass(frozen=True)
class Comparison:
    """How a report compares its period with an earlier one: by `figures`, and by the counts behind them."""

    period: Period
    made_at: datetime
    # Rows are complete from here on; None: there are none.
    on_record_since: datetime | None
    figures: Callable[[Period], Sequence[Change]]
    counts: Callable[[Period], Iterable[Change]]
    # What is to be known of an earlier period's figures.
    caveat: Callable[[Period], str] = lambda period: ""

    def sections(self) -> list[Section]:
        """What to notice, and a table for each earlier period that is on record; none before it is over."""
        periods = [one for one in self._earlier() if self._is_known(one)]
        if self.period.end > self.made_at or not periods:
            return []
        noticed = noticing.sentence(self.counts(periods[0]), str(periods[0]))
        words = Words(noticed, title=gettext("What to notice"), tone="calm")
        return [words, *(self._table(one) for one in periods)]

    def _earlier(self) -> list[Period]:
        """The period before first; that of a year ago may be the same one."""
        return list(dict.fromkeys([earlier.before(self.period), earlier.a_year_before(self.period)]))

    def _is_known(self, period: Period) -> bool:
        """Whether all of it is on record: a part would be said to be the whole."""
        return self.on_record_since is not None and self.on_record_since <= period.start

    def _table(self, period: Period) -> Table:
        changes = self.figures(period)
        rows: list[Row] = [
            [one.label, one.now, one.before, one.by, one.per_cent, one.judged] for one in changes
        ]
        return Table(
            gettext("Compared with %(period)s") % {"period": period},
            [
                Column(_("Figure"), 28),
                Column(str(self.period), 18, number=True),
                Column(str(period), 18, number=True),
                Column(pgettext_lazy("figure", "Change"), 14, number=True),
                Column(_("Per cent"), 11, number=True),
                Column(_("Better or worse"), 11),
            ],
            rows,
            empty=_("There is nothing to compare."),
            behind=[[one.behind[0], *one.behind, None, None, None] for one in changes],
            note=" ".join(filter(None, [self._unequal(period), self.caveat(period)])),
        )

    def _unequal(self, period: Period) -> str:
        now, before = len(self.period.days), len(period.days)
        if now == before:
            return ""
        return gettext("%(period)s has %(now)d days, %(earlier)s %(before)d.") % {
            "period": self.period,
            "now": now,
            "earlier": period,
            "before": before,
        }
