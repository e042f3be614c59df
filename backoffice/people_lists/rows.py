"""A line of a list, wherever it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from backoffice.spelling import is_blank


@dataclass(frozen=True)
class Row:
    line: int  # where it begins in the file, or its row in the sheet
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)  # by place of the cell, why it cannot be read
    fault: str = ""  # why the whole line cannot be
    lines: int = 1  # that it stands for: more where several are blank

    @property
    def is_blank(self) -> bool:
        return all(map(is_blank, self.cells))


@dataclass
class Lines:
    """The lines of a file, its first that says something named apart. To be read once, from front to back."""

    header: Row
    rows: Iterator[Row]  # below the header, blank ones among them; raises UnreadableList
    notes: list[str] = field(default_factory=list)  # what its reader should know; complete once all is read
