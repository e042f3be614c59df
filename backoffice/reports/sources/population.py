"""Many rows with their counted values, column by column: small when packed, and quick to select from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backoffice.reports.selection import Selection

PART = 5_000  # rows that are packed together
MICROSECONDS = 1_000_000

type Values = tuple[Any, ...]  # of a row, in the order of its source's columns: JSON's own types


@dataclass
class Population:
    """Rows by id. `total` is how many there are: of more than are kept, these are the first."""

    columns: Sequence[str]
    rows: dict[str, Values] = field(default_factory=dict)
    total: int = 0

    @property
    def is_whole(self) -> bool:
        return self.total <= len(self.rows)

    def select(self, selection: Selection) -> list[str]:
        """The ids of the rows that a figure counts, in their order."""
        return list(self._selected(selection))

    def _selected(self, selection: Selection) -> Iterator[str]:
        wanted = [(self.columns.index(name), values) for name, values in selection.where if name != "id"]
        ids = [values for name, values in selection.where if name == "id"]
        unwanted = [(self.columns.index(name), values) for name, values in selection.unless]
        since, until = moment(selection.since), moment(selection.until)
        for key, row in self.rows.items():
            if (
                all(row[at] in values for at, values in wanted)
                and all(key in values for values in ids)
                and not any(row[at] in values for at, values in unwanted)
                and (since is None or row[0] >= since)
                and (until is None or row[0] < until)
            ):
                yield key

    def packed(self) -> Iterator[tuple[int, bytes]]:
        """(rows, bytes) of each part: a list of ids, then one of each column's values."""
        keys = list(self.rows)
        for start in range(0, len(keys), PART):
            part = keys[start : start + PART]
            columns = [part, *map(list, zip(*(self.rows[key] for key in part), strict=True))]
            yield len(part), pack(columns)

    def take(self, part: bytes) -> None:
        """The rows of a packed part."""
        keys, *columns = unpack(part)
        self.rows.update(zip(keys, zip(*columns, strict=True), strict=True))


def pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(data: bytes) -> Any:
    return json.loads(zlib.decompress(data))


def moment(value: datetime | None) -> int | None:
    """In microseconds since 1970: moments of one zone would be compared by their clocks."""
    return None if value is None else round(value.timestamp() * MICROSECONDS)


def gathered(columns: Sequence[str], rows: Iterable[tuple[str, Values]], total: int, most: int) -> Population:
    """As many of the rows as may be kept."""
    population = Population(columns, total=total)
    if most:
        for key, values in rows:
            population.rows[key] = values
            if len(population.rows) == most:
                break
    return population
