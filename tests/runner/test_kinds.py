"""Which tests `make quick` runs, and which run on PostgreSQL too: told by fixtures and markers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kinds import AGAIN, QUICK
from tests.quick import selection
from tests.runner.test_last_words import bare_run

HOOKS = """
from tests.kinds import pytest_itemcollected, pytest_runtest_protocol
"""
MADE = """
import subprocess, sys
import pytest

@pytest.fixture
def db(): pass

@pytest.fixture
def postgres(): pass

@pytest.fixture
def tool():
    subprocess.run([sys.executable, "-c", ""])

def test_plain(): pass
def test_rows(db): pass
@pytest.mark.once
def test_rows_once(db): pass
@pytest.mark.django_db
def test_rows_by_marker(): pass
@pytest.mark.stack
def test_stack_with_rows(db): pass
@pytest.mark.browser
def test_browser(): pass
def test_server(postgres): pass
@pytest.mark.sweep
def test_sweep(): pass
@pytest.mark.long
def test_long(db): pass
@pytest.mark.processes
def test_told(tool): pass
"""
UNTOLD = """
def test_untold(tool): pass
def test_fork():
    import os
    if os.fork() == 0:
        os._exit(0)
def test_warm(tmp_path):
    from tests import warm
    warm.run(["manage.py", "version"], env={}, cwd=tmp_path)
"""


def names_of(folder: Path, choice: str) -> set[str]:
    (folder / "conftest.py").write_text(HOOKS)
    made = bare_run(folder, MADE, "-m", choice)
    assert not made.failed
    return {name.rpartition("::test_")[2] for name in made.took}


@pytest.mark.processes
def test_quick_leaves_out_what_starts_processes_or_takes_long(tmp_path: Path) -> None:
    assert names_of(tmp_path, QUICK) == {"plain", "rows", "rows_once", "rows_by_marker"}


@pytest.mark.processes
def test_what_asks_the_database_runs_on_the_second_too_unless_it_says_once(tmp_path: Path) -> None:
    assert names_of(tmp_path, AGAIN) == {"rows", "rows_by_marker", "stack_with_rows"}


@pytest.mark.processes
def test_what_starts_a_process_without_telling_fails_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(HOOKS)
    made = bare_run(tmp_path, MADE + UNTOLD)
    assert {name.rpartition("::")[2] for name in made.failed} == {"test_untold", "test_fork", "test_warm"}
    assert all("mark it with @pytest.mark.processes" in text for text in made.failed.values())


def test_the_suite_itself_is_marked(request: pytest.FixtureRequest, db: None) -> None:
    assert request.node.get_closest_marker("database")
    assert not request.node.get_closest_marker("processes")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", []),
        ("emails", ["tests/emails"]),
        ("emails clock", ["tests/emails", "tests/clock"]),
        ("tests/emails/test_hold.py", ["tests/emails/test_hold.py"]),
        ("emails/test_hold", ["tests/emails/test_hold.py"]),
        ("engine/test_leases.py::test_some", ["tests/engine/test_leases.py::test_some"]),
        ("retry lease", ["-k", "retry and lease"]),
        ("emails hold -x --pdb", ["tests/emails", "-k", "hold", "-x", "--pdb"]),
        ("-k emails", ["-k", "emails"]),
        ("settings", ["-k", "settings"]),  # a file there, without tests
    ],
)
def test_words_are_folders_files_or_parts_of_names(words: str, told: list[str]) -> None:
    assert selection(words.split()) == told
