"""What the live rows say otherwise than a report did: which figures moved, and which rows moved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice

from backoffice.reports.base import Order
from backoffice.reports.forms import Format
from backoffice.reports.periods import Moving
from backoffice.reports.sections import Section
from backoffice.reports.selection import Selection
from backoffice.reports.snapshots.places import Placed, figures_in
from backoffice.reports.snapshots.reading import Kept, order_parameters
from backoffice.reports.sources.finding import source_of
from backoffice.reports.sources.population import Population, Values
from backoffice.reports.sources.source import MOST_ROWS, Source
from tasks_app.db.one_moment import one_moment

NOTHING = "–"  # where a figure is not there
SHOWN = 20  # rows of each sort


@dataclass(frozen=True)
class Row:
    """One that moved figures: what was counted of it then and now; None where it is not among them."""

    source: Source
    key: str
    then: Values | None
    now: Values | None


@dataclass(frozen=True)
class Moved:
    """A figure that is another one today. `rows` are the first of those that moved it."""

    names: tuple[str, ...]
    place: str  # of its rows in the snapshot; "" where they are not kept
    then: str
    now: str
    rows: Sequence[Row] = ()
    more: int = 0  # rows that are not shown


@dataclass(frozen=True)
class Moves:
    """Of one source: rows that are there no more, that came, and that are counted otherwise."""

    source: Source
    gone: int
    came: int
    changed: int
    rows: Sequence[Row]

    @property
    def is_nothing(self) -> bool:
        return not (self.gone or self.came or self.changed)


class Today:
    """Read as of one moment; in the language of the report, which its figures are named in."""

    def __init__(self, kept: Kept, now: datetime) -> None:
        """Raises CannotOrder where its type is no more."""
        self._kept = kept
        order = _order_now(kept, now)
        self._moment = order.made_at
        with one_moment():
            self._sections: Sequence[Section] = (
                list(order.type.sections(order)) if order.format == Format.PDF else []
            )
            self._live = {name: self._read(name) for name in kept.source_names}

    @property
    def moves(self) -> list[Moves]:
        found = ((name, self._pair(name)) for name in self._kept.source_names)
        return [_moves(*pair) for _name, pair in found if pair]

    @cached_property
    def moved(self) -> list[Moved]:
        """In the order of the document; of figures that have one name, each stands for itself."""
        if self._kept.report.format != Format.PDF:
            return self._moved_sheet()
        then, now = _by_name(self._kept.sections), _by_name(self._sections)
        names = list(dict.fromkeys([*then, *now]))
        pairs = ((name, then.get(name), now.get(name)) for name in names)
        return [
            self._moved(was or is_now, was, is_now) for _name, was, is_now in pairs if _differ(was, is_now)
        ]

    def _moved(self, one: Placed | None, was: Placed | None, is_now: Placed | None) -> Moved:
        names = one.names if one else ()
        place = was.place if was and was.behind else ""
        rows = self._rows_between(was.behind if was else None, is_now.behind if is_now else None)
        then, now = (figure.said if figure else NOTHING for figure in (was, is_now))
        return Moved(names, place, then, now, rows[:SHOWN], max(0, len(rows) - SHOWN))

    def _moved_sheet(self) -> list[Moved]:
        """A spreadsheet has one figure: how many rows are behind it."""
        found = []
        for name in self._kept.source_names:
            pair, rows = self._pair(name), self._rows_between(Selection(name), Selection(name))
            if pair and rows:
                source, before, after = pair
                names, more = (str(source.title),), max(0, len(rows) - SHOWN)
                found.append(Moved(names, "", str(before.total), str(after.total), rows[:SHOWN], more))
        return found

    def _rows_between(self, then: Selection | None, now: Selection | None) -> list[Row]:
        """Those that one of the two counts and the other does not, or counts with other values."""
        selection = then or now
        pair = self._pair(selection.source) if selection else None
        if selection is None or pair is None:
            return []
        source, before, after = pair
        was = set(before.select(then)) if then else set()
        is_now = set(after.select(now)) if now else set()
        keys = [key for key in {**before.rows, **after.rows} if (key in was) != (key in is_now)]
        both = [key for key in before.rows if key in was and key in is_now]
        keys += [key for key in both if before.rows[key] != after.rows[key]]
        return [Row(source, key, before.rows.get(key), after.rows.get(key)) for key in keys]

    def _pair(self, name: str) -> tuple[Source, Population, Population] | None:
        before, live = self._kept.population(name), self._live.get(name)
        return (live[0], before, live[1]) if before is not None and live is not None else None

    def _read(self, name: str) -> tuple[Source, Population] | None:
        source = source_of(name, self._moment)
        return None if source is None else (source, source.read())


def is_too_much(kept: Kept) -> bool:
    """Whether there were more rows than a snapshot keeps: too many to be read for a page."""
    return any(total > MOST_ROWS for _rows, total in kept.snapshot.counts.values())


def _order_now(kept: Kept, now: datetime) -> Order:
    """For the same days; a report about no period is about now."""
    order = kept.order()
    if "period" not in order.parameters:
        return replace(order, moment=now, made_at=now)
    parameters = order_parameters(kept.report) | {
        "period": Moving.CUSTOM.value,
        "start": kept.report.parameters["first_day"],
        "end": kept.report.parameters["last_day"],
    }
    parameters.pop("a_year_before", None)
    return replace(order, parameters=order.type.clean(parameters))


def _by_name(sections: Sequence[Section]) -> dict[tuple[tuple[str, ...], int], Placed]:
    """Figures of one name are numbered."""
    found: dict[tuple[tuple[str, ...], int], Placed] = {}
    for one in figures_in(sections):
        if not one.is_number:
            continue
        number = 0
        while (one.names, number) in found:
            number += 1
        found[one.names, number] = one
    return found


def _differ(was: Placed | None, is_now: Placed | None) -> bool:
    return (was.said if was else None) != (is_now.said if is_now else None)


def _moves(source: Source, before: Population, after: Population) -> Moves:
    gone = [key for key in before.rows if key not in after.rows]
    came = [key for key in after.rows if key not in before.rows]
    changed = [key for key, row in before.rows.items() if key in after.rows and after.rows[key] != row]
    keys = islice([*gone, *came, *changed], SHOWN)
    rows = [Row(source, key, before.rows.get(key), after.rows.get(key)) for key in keys]
    return Moves(source, len(gone), len(came), len(changed), rows)
