"""What a source of rows is: which there are, what of each is counted, and what each is now."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from django.db.models import Model
from django.utils.functional import Promise

from backoffice.reports.sources.population import Population, Values, gathered

type Text = str | Promise

MOST_ROWS = 50_000  # of a source, that a snapshot keeps
ASKED_AT_ONCE = 500  # rows, by their ids


class Form(Enum):
    """How a counted value is read."""

    TEXT = "text"
    MOMENT = "moment"  # microseconds since 1970
    SPAN = "span"  # microseconds
    DAY = "day"  # ISO
    TASK = "task"
    JOB_STATE = "job state"
    EMAIL_STATE = "email state"
    CAUSE = "cause"
    YES = "yes"


@dataclass(frozen=True)
class Counted:
    name: str
    label: Text
    form: Form = Form.TEXT
    is_shown: bool = True


class Source(ABC):
    """One kind of rows. `moment` is when the report was made, or is compared; `arguments` are its days."""

    name: ClassVar[str]
    title: ClassVar[Text]
    columns: ClassVar[Sequence[Counted]]

    def __init__(self, moment: datetime, *arguments: str) -> None:
        self.moment, self.arguments = moment, arguments

    @abstractmethod
    def total(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def rows(self) -> Iterator[tuple[str, Values]]:
        """(id, values) of each, the oldest first; read in pages."""

    @abstractmethod
    def known(self, ids: Collection[str]) -> Iterator[tuple[str, Values]]:
        """What rows with these ids hold now, wherever they would be counted."""

    @abstractmethod
    def row(self, key: str) -> tuple[type[Model], Any]:
        """The model and the primary key that an id stands for."""

    def read(self, most: int = MOST_ROWS) -> Population:
        """As many as a snapshot keeps."""
        names = [column.name for column in self.columns]
        return gathered(names, self.rows(), self.total(), most)

    def now(self, ids: Sequence[str]) -> dict[str, Values]:
        """What is there of these rows, by their ids."""
        found: dict[str, Values] = {}
        for start in range(0, len(ids), ASKED_AT_ONCE):
            found.update(self.known(ids[start : start + ASKED_AT_ONCE]))
        return found
