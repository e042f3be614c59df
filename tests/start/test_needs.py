"""No test is left out in silence: each missing program is named with its package, or fails the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests import conftest, needs

pytestmark = pytest.mark.once


@pytest.fixture
def without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has none of the programs."""
    missing = tuple(replace(need, found=lambda: None) for need in needs.NEEDS)
    monkeypatch.setattr(needs, "NEEDS", missing)


class Hooks:
    def __init__(self) -> None:
        self.deselected: list[Any] = []

    def pytest_deselected(self, items: list[Any]) -> None:
        self.deselected += items


class Config:
    """As much of pytest.Config as the hook uses."""

    def __init__(self) -> None:
        self.hook = Hooks()


class Item:
    """As much of a test as a need looks at."""

    def __init__(self, fixture: str = "", marker: str = "") -> None:
        self.fixturenames, self.marker = (fixture,), marker

    def get_closest_marker(self, name: str) -> bool:
        return bool(name) and name == self.marker


class Terminal:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def write_line(self, line: str, **style: bool) -> None:
        self.lines.append(line)


def test_what_needs_a_missing_program_is_left_out(without_programs: None) -> None:
    config: Any = Config()
    theirs: list[Any] = [Item(fixture="postgres"), Item(marker="browser")]
    items: list[Any] = [*theirs, Item(fixture="tmp_path")]
    conftest.pytest_collection_modifyitems(config, items)
    assert [item.fixturenames for item in items] == [("tmp_path",)]
    assert config.hook.deselected == theirs


def test_the_end_of_the_run_says_what_was_left_out_and_how_to_get_it(without_programs: None) -> None:
    terminal = Terminal()
    conftest.pytest_terminal_summary(terminal)
    assert len(terminal.lines) == len(needs.NEEDS)
    for line, need in zip(terminal.lines, needs.NEEDS, strict=True):
        assert need.what in line
        assert f"apt-get install {need.debian}" in line


def test_where_everything_is_required_a_missing_program_stops_the_run(
    without_programs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: Any = Config()
    monkeypatch.setenv("REQUIRE_ALL", "1")
    with pytest.raises(pytest.UsageError, match="apt-get install postgresql"):
        conftest.pytest_configure(config)


@pytest.mark.parametrize("need", needs.NEEDS, ids=lambda need: need.what)
def test_a_need_is_known_by_its_fixture_or_its_marker(need: needs.Need) -> None:
    known: Any = Item(fixture=need.fixture, marker=need.marker)
    other: Any = Item(fixture="tmp_path")
    assert need.of(known)
    assert not need.of(other)
