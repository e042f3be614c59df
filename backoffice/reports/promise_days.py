"""The days of promises of a period, counted by schedule and by cause."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from backoffice.reports.periods import Period
from backoffice.reports.selection import Selection, of_period
from tasks_app.models import PromiseDay


@dataclass
class Kept:
    kept: int = 0
    broken: int = 0
    longest: int = 0  # days in a row, within the period
    _streak: int = 0

    @property
    def days(self) -> int:
        return self.kept + self.broken

    def add(self, kept: bool) -> None:
        """The next day, in the order of days."""
        self.kept += kept
        self.broken += not kept
        self._streak = self._streak + 1 if kept else 0
        self.longest = max(self.longest, self._streak)


class Promises:
    """Of days as the promises themselves count them, each in its own zone."""

    def __init__(self, period: Period) -> None:
        rows = PromiseDay.objects.filter(day__gte=period.first, day__lte=period.last)
        self.rows = of_period("promises", period)
        self.days = list(rows.order_by("day", "schedule_name", "pk"))

    @cached_property
    def whole(self) -> Kept:
        found = Kept()
        for day in self.days:
            found.add(day.kept)
        return found

    @cached_property
    def by_schedule(self) -> dict[str, Kept]:
        """By the name that it has now, or had last; two that had one name in turn are told as one."""
        found: dict[str, Kept] = {}
        for day in self.days:
            found.setdefault(self._name_of(day), Kept()).add(day.kept)
        return found

    @cached_property
    def rows_by_schedule(self) -> dict[str, Selection]:
        """The same, as what is behind their figures."""
        ids: dict[str, list[str]] = {}
        for day in self.days:
            ids.setdefault(self._name_of(day), []).append(str(day.pk))
        return {name: self.rows.having("id", *some) for name, some in ids.items()}

    @cached_property
    def _names(self) -> dict[int, str]:
        return {day.schedule_id: day.schedule_name for day in self.days if day.schedule_id is not None}

    def _name_of(self, day: PromiseDay) -> str:
        return self._names.get(day.schedule_id or 0, day.schedule_name)

    @cached_property
    def causes(self) -> Counter[str]:
        """Of the broken ones, why in general."""
        return Counter(reason_of(day) for day in self.days if not day.kept)


def reason_of(day: PromiseDay) -> str:
    """Why it was broken, without what names persons; "" of one that was kept."""
    if day.kept:
        return ""
    return day.notice.in_general if day.notice else day.reason
