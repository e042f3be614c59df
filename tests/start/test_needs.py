"""No test is left out in silence: each missing program is named with its package, or fails the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests import conftest, needs


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
        self.hook, self.stash = Hooks(), pytest.Stash()


class Item:
    """As much of a test as a need looks at."""

    def __init__(self, fixture: str = "", marker: str = "") -> None:
        self.fixturenames, self.marker = (fixture,), marker

    def get_closest_marker(self, name: str) -> bool:
        return bool(name) and name == self.marker


def test_what_needs_a_missing_program_is_left_out_and_named(
    request: pytest.FixtureRequest, without_programs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    config: Any = Config()
    items = list(request.session.items)
    mine = next(item for item in items if item.name == request.node.name)
    theirs = [item for item in items if "redis_server" in item.fixturenames]
    conftest.pytest_collection_modifyitems(config, items)
    assert mine in items
    assert not set(theirs) & set(items)
    assert set(theirs) <= set(config.hook.deselected)
    if theirs:
        assert "apt-get install redis-server" in " ".join(config.stash[needs.LEFT_OUT])


def test_where_everything_is_required_a_missing_program_stops_the_run(
    without_programs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: Any = Config()
    items: list[Any] = [Item(fixture="postgres")]
    monkeypatch.setenv("REQUIRE_ALL", "1")
    with pytest.raises(pytest.UsageError, match="apt-get install postgresql"):
        conftest.pytest_collection_modifyitems(config, items)


@pytest.mark.parametrize("need", needs.NEEDS, ids=lambda need: need.what)
def test_a_need_is_known_by_its_fixture_or_its_marker(need: needs.Need) -> None:
    known: Any = Item(fixture=need.fixture, marker=need.marker)
    other: Any = Item(fixture="tmp_path")
    assert need.of(known)
    assert not need.of(other)
