"""How `make test` deals tests out to its processes: what is made for many once, and what takes longest first.

Under `--dist loadgroup` whoever is free takes the next group, in the order told here: first those that share
an office with its browser, then whatever starts programs or walks through everything, one by one, and at the
end the many small ones, a file at a time. So nobody is left alone with something long when all else is done.

pytest-xdist would have the groups in the names of tests, which pytest does not let anybody change any more:
each process writes them down, and the scheduler reads them.
"""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.kinds import has

# Fixtures that take seconds to make, for all tests that ask for them.
SHARED = (
    *("shared_office", "rows", "past", "many_texts", "long_history"),
    *("worker_of_module", "migrations", "one_provider"),
)
PAST = "lived_in"  # of the office: half of its tests look at it, and they are many


def group_of(item: pytest.Item) -> str:
    """Tests of one name run in one process, one after the other; "" is a test alone."""
    fixtures = getattr(item, "fixturenames", ())
    for shared in SHARED:
        if shared in fixtures:
            variant = item.callspec.params.get(shared, "") if hasattr(item, "callspec") else ""
            return f"{item.path.parent.name} {shared} {variant} {PAST in fixtures}"
    return "" if is_long(item) else str(item.path)


def is_long(item: pytest.Item) -> bool:
    return any(has(item, kind) for kind in ("processes", "sweep", "long"))


def begin_with(item: pytest.Item) -> tuple[bool, bool]:
    """The lowest goes first."""
    return not has(item, "browser"), not is_long(item)


def written_groups() -> Path:
    return Path(os.environ["TESTS_FOLDER"]) / "groups.json"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("loadgroup", False):  # in a process of pytest-xdist
        items.sort(key=begin_with)
        unfinished = written_groups().with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps({item.nodeid: group_of(item) for item in items}))
        unfinished.rename(written_groups())


class InGroups(LoadScopeScheduling):
    @cached_property
    def groups(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(written_groups().read_text())
        return found

    def _split_scope(self, nodeid: str) -> str:
        return self.groups[nodeid] or nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InGroups | None:
    return InGroups(config, log) if config.getoption("dist") == "loadgroup" else None
