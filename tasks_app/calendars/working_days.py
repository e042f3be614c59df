"""Which days are worked, and which working day is the nearest to a day off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tasks_app.calendars.public_holidays import SATURDAY_AND_SUNDAY, public_days

ONE_DAY = timedelta(days=1)
# No house is closed for longer: beyond it a run has no working day to be moved to.
LONGEST_CLOSURE = 366  # days


@dataclass(frozen=True)
class WorkingDays:
    """Days of the week, a country's public holidays, and own days; these win over law, and `on` over `off`.

    `weekend` holds ISO days of the week; None: as the country has it.
    """

    weekend: frozenset[int] | None = None
    country: str = ""
    region: str = ""
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        if day in self.on:
            return True
        if day in self.off:
            return False
        law = public_days(self.country, self.region, day.year)
        if day in law.worked and self.weekend is None:
            return True
        weekend = law.weekend if self.weekend is None else self.weekend
        return day.isoweekday() not in weekend and day not in law.off

    def nearest(self, day: date, *, earlier: bool) -> date | None:
        """The day itself, or the working day before or after it; None where there is none within a year."""
        step = -ONE_DAY if earlier else ONE_DAY
        for _ in range(LONGEST_CLOSURE):
            if day in self:
                return day
            try:
                day += step
            except OverflowError:  # the calendar ends
                return None
        return None


MONDAY_TO_FRIDAY = WorkingDays(SATURDAY_AND_SUNDAY)
