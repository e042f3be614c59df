"""An answer, its columns each of one kind: SQLite tells no types, so what came decides, of both databases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from backoffice.questions import causes
from backoffice.questions.asking.runner import Table
from backoffice.questions.errors import NotAnswered

DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(\+00:00|Z)?")


@dataclass(frozen=True)
class Answer:
    columns: list[str]
    rows: list[list[Any]]
    numbers: frozenset[int]  # the places of columns that hold nothing but numbers

    def place(self, name: str) -> int:
        """Raises NotAnswered for a column that there is not."""
        if name not in self.columns:
            raise NotAnswered(causes.NO_SUCH_COLUMN(name=name, known=", ".join(self.columns)))
        return self.columns.index(name)

    def number_at(self, name: str) -> int:
        """The same for one that is added up or drawn: all of it numbers."""
        at = self.place(name)
        if at not in self.numbers and self.rows:
            raise NotAnswered(causes.NOT_A_NUMBER(name=name))
        return at


def typed(table: Table) -> Answer:
    """Raises NotAnswered where two columns have one name."""
    for at, name in enumerate(table.columns):
        if name in table.columns[:at]:
            raise NotAnswered(causes.COLUMNS_TWICE(name=name))
    rows, numbers = table.rows, set()
    for at in range(len(table.columns)):
        values = [row[at] for row in rows if row[at] is not None]
        if values and all(_is_text_of(DAY, one) for one in values):
            _replace(rows, at, _day)
        elif values and all(_is_text_of(MOMENT, one) for one in values):
            _replace(rows, at, _moment)
        elif values and all(isinstance(one, int | float | Decimal) for one in values):
            numbers.add(at)
            _replace(rows, at, _number)
    return Answer(table.columns, rows, frozenset(numbers))


def _is_text_of(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _replace(rows: Sequence[list[Any]], at: int, read: Any) -> None:
    for row in rows:
        if row[at] is not None:
            row[at] = read(row[at])


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2026-02-31, which a text may say
        return text


def _moment(text: str) -> Any:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(value: Any) -> Any:
    """As reports write numbers: whole ones exact, others as floats."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
    return value


def to_be_kept(answer: Answer, most: int) -> Mapping[str, Any]:
    """Its first rows as JSON."""
    return {"columns": answer.columns, "numbers": sorted(answer.numbers), "rows": answer.rows[:most]}
