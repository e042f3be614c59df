"""How a list is laid out: which of its columns stand where, in a row of a table and on a phone's card.

A ModelAdmin of ours says so, as `layout = Layout(title="name", state="status", …)`. One without shows its
first column as the title and all others as details.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """What a column is to its reader; on a card each has a place of its own, whatever the list."""

    TICK = "tick"  # what is selected for an action
    STATE = "state"
    TIME = "time"
    TITLE = "title"
    PROBLEM = "problem"
    DETAIL = "detail"  # with its name before it
    ACTION = "action"


@dataclass(frozen=True)
class Layout:
    """Columns by their names in `list_display`.

    Title and problem share the room of a row that the others leave, with those of `wide`; what is longer is
    cut with an ellipsis. All else is as wide as what stands in it.
    """

    title: str
    state: str = ""
    time: str = ""
    problem: str = ""
    action: str = ""
    wide: tuple[str, ...] = ()

    def place_of(self, column: str) -> Place:
        places = {
            self.title: Place.TITLE,
            self.state: Place.STATE,
            self.time: Place.TIME,
            self.problem: Place.PROBLEM,
            self.action: Place.ACTION,
        }
        return places.get(column, Place.DETAIL) if column else Place.DETAIL

    def is_wide(self, column: str) -> bool:
        return column in (self.title, self.problem, *self.wide)
