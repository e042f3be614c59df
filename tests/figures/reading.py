"""What a report says, as figures by name: whatever has no name here, no test could compare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from backoffice.reports.sections import (
    Badge,
    Chart,
    Code,
    Figures,
    Pair,
    Section,
    Share,
    Sheet,
    Stacked,
    Table,
    Words,
)

type Figures_ = dict[tuple[str, ...], Any]

NUMBER = re.compile(r"\d[\d,]*\+?")


def figures_of(sections: Iterable[Section]) -> Figures_:
    """(section's title, row or label, column) → value; notes and sentences give the numbers in them."""
    said: Figures_ = {}
    for section in sections:
        for name, value in _of(section):
            assert name not in said, f"{name} is said twice."
            said[name] = value
    return said


def _of(section: Section) -> Iterator[tuple[tuple[str, ...], Any]]:
    match section:
        case Figures(figures=figures):
            for figure in figures:
                yield ("figures", str(figure.label)), plain(figure.value)
                yield ("figures", str(figure.label), "note"), numbers_in(figure.note)
        case Chart():
            for series in section.series:
                yield (str(section.title), str(series.label)), list(series.values)
            yield (str(section.title), "buckets"), len(section.labels)
            yield (str(section.title), "summary"), numbers_in(section.summary)
        case Table():
            yield from _of_table(section)
        case Pair(left=left, right=right):
            yield from _of_table(left)
            yield from _of_table(right)
        case Words():
            yield from words(str(section.text)).items()


def words(text: str) -> Figures_:
    """A sentence without its numbers, and these."""
    return {(NUMBER.sub("…", text),): numbers_in(text)}


def _of_table(table: Table) -> Iterator[tuple[tuple[str, ...], Any]]:
    title, [first, *others] = str(table.title), table.columns
    if first.number:  # its rows have no names: a whole one is its own
        yield (title,), [tuple(plain(value) for value in row) for row in table.rows]
        return
    if any(column.number for column in others):
        repeats = len({plain(row[0]) for row in table.rows}) < len(table.rows)
        for row in table.rows:
            name = [str(plain(value)) for value in row[: 1 + repeats]]
            for column, value in zip(table.columns[len(name) :], row[len(name) :], strict=True):
                yield (title, *name, str(column.label)), plain(value)
    yield (title, "rows"), len(table.rows)
    yield (title, "note"), numbers_in(table.note)


def rows_of(sheet: Sheet, names: int) -> Figures_:
    """Of a file of rows whose first columns name each."""
    columns = [str(label) for label in sheet.columns]
    said: Figures_ = {}
    for row in sheet.rows:
        name = tuple(str(plain(value)) for value in row[:names])
        for column, value in zip(columns[names:], row[names:], strict=True):
            assert (*name, column) not in said
            said[*name, column] = plain(value)
    return said


def plain(value: Any) -> Any:
    match value:
        case Share():
            return value.value
        case Badge() | Code():
            return str(value.text)
        case Stacked():
            return plain(value.value)
        case _:
            return value if value is None or isinstance(value, int | float) else _text_or_moment(value)


def _text_or_moment(value: Any) -> Any:
    return value if hasattr(value, "total_seconds") or hasattr(value, "year") else str(value)


def numbers_in(text: Any) -> list[int]:
    """The numbers of a sentence, in its order: "Only 3 of 1,204 rows" → [3, 1204]."""
    return [int(found.rstrip("+,").replace(",", "")) for found in NUMBER.findall(str(text))]


def first_number(text: Any) -> int:
    return numbers_in(text)[0]


# --- what is compared elsewhere, or in part ----------------------------------------------------------


class _Anything:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "…"


ANYTHING = _Anything()


class Ends:
    """Numbers of a sentence of which the first and the last are known; between them stands a date."""

    def __init__(self, first: int, last: int) -> None:
        self.ends = (first, last)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and (other[0], other[-1]) == self.ends

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"[{self.ends[0]}, …, {self.ends[1]}]"
