"""The one table at the end: scenario, expected, seen, time to recover."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

FAILED = "FAILED"


@dataclass(frozen=True)
class Row:
    number: str
    sentence: str
    outcome: str
    expected: str
    seen: str
    recovery: float | None  # seconds

    def __str__(self) -> str:
        same = self.seen == self.expected and self.outcome != FAILED
        seen = "" if same else f": {self.seen or 'see above'}"
        seconds = "" if self.recovery is None else f"{self.recovery:.1f} s"
        cells = [self.number, self.sentence, self.expected, f"{self.outcome}{seen}", seconds]
        return "| " + " | ".join(cells) + " |"


class Table:
    """A pytest plugin that keeps a row for each scenario that ran."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told: dict[str, Any] = dict(report.user_properties)
        # What a scenario has to tell is known after its teardown; a failure there is a failure.
        if "scenario" not in told or report.when != "teardown":
            return
        self.rows.append(
            Row(
                number=str(told["scenario"]),
                sentence=sentence(report.nodeid),
                outcome=str(told["outcome"]) if report.passed else FAILED,
                expected=str(told.get("expected", "")),
                seen=str(told.get("seen", "")),
                recovery=told.get("recovery"),
            )
        )

    def __str__(self) -> str:
        heading = ["| # | Scenario | Expected | Seen | Time to recover |", "|---|---|---|---|---|"]
        return "\n".join([*heading, *map(str, sorted(self.rows, key=lambda row: order(row.number)))])


def order(number: str) -> tuple[bool, str]:
    """Scenarios by their number, then what has a name."""
    return not number.isdigit(), number.rjust(3)


def sentence(node_id: str) -> str:
    """A test's name as people write: `test_a_job_lives[twice]` is "A job lives: twice"."""
    found = re.search(r"::test_(\w+)(?:\[(.*)\])?$", node_id)
    assert found is not None, node_id
    text, variant = found[1].replace("_", " "), found[2]
    return text[0].upper() + text[1:] + (f": {variant}" if variant else "")
