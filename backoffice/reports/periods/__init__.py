"""Periods of reports, moving ones included: "last month" is counted from a moment, never from the clock.

That moment is the slot of the schedule, or the job's creation: a report that runs late still covers
what its reader expects. Days are those of settings.TIME_ZONE, so a day may last 23 or 25 hours.

period    whole days, and how people write them    moving       the names there are, and the days of each
fiscal    the house's own year, and its quarters   year_before  the same days a year before
"""

from backoffice.reports.periods.moving import ImpossiblePeriod, Moving, grouped, resolve
from backoffice.reports.periods.period import LONGEST, Period, zone

__all__ = ["LONGEST", "ImpossiblePeriod", "Moving", "Period", "grouped", "resolve", "zone"]
