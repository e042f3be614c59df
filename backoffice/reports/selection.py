"""Which counted rows are behind a figure: so that it can be followed to them, and counted anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from backoffice.reports.periods import Period

type Values = frozenset[str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of a source (`jobs:2026-10-01:2026-10-31`) whose columns have one of these values.

    None that `unless` names. `since` and `until` bound the source's first column, its moment: from the one
    on, and before the other.
    """

    source: str
    where: tuple[tuple[str, Values], ...] = ()
    unless: tuple[tuple[str, Values], ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def having(self, column: str, *values: str | int | bool | None) -> Selection:
        """Those of them that have one of these values there."""
        return replace(self, where=(*self.where, (column, frozenset(values))))

    def not_having(self, column: str, *values: str | int | bool | None) -> Selection:
        return replace(self, unless=(*self.unless, (column, frozenset(values))))

    def of_states(self, states: Iterable[str]) -> Selection:
        return self.having("state", *map(str, states))

    def within(self, since: datetime, until: datetime) -> Selection:
        return replace(self, since=since, until=until)


def of_period(source: str, period: Period) -> Selection:
    """All rows of a source of that name which are of those days."""
    return Selection(f"{source}:{period.first.isoformat()}:{period.last.isoformat()}")
