"""`make test` itself: who is tried again, and what is told at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.__main__ import Outcome, run, tell
from tests.servers import ROOT

pytestmark = pytest.mark.once

# Fails at its first run, and passes at its second.
UNSTEADY = """
import pathlib, pytest
{mark}
def test_unsteady():
    been = pathlib.Path({been!r})
    try:
        assert been.exists(), "not yet"
    finally:
        been.touch()
"""
STEADY = "def test_steady():\n    pass\n"
BROKEN = """
import pytest
@pytest.mark.stack
def test_broken():
    assert 1 == 2, "never"
"""


def run_of(folder: Path, text: str) -> Outcome:
    (folder / "test_made.py").write_text(text)
    # Neither Django nor a browser: what is made here needs none, and they take seconds to load.
    bare = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-o addopts= -p xdist -p pytest_timeout"}
    return run("made", ["-c", str(ROOT / "pyproject.toml"), str(folder / "test_made.py")], bare, folder)


def test_one_that_drives_processes_and_passes_alone_is_named_and_fails_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = run_of(tmp_path, UNSTEADY.format(mark="@pytest.mark.stack", been=str(tmp_path / "been")) + STEADY)
    assert (made.code, made.failed, len(made.unsteady)) == (0, {}, 1)
    assert tell([made]) == 0
    told = capsys.readouterr().out
    assert "test_unsteady failed beside others on made, and passed alone" in told
    assert "not yet" in told


def test_any_other_fails_the_run_at_its_first_failure(tmp_path: Path) -> None:
    made = run_of(tmp_path, UNSTEADY.format(mark="", been=str(tmp_path / "been")) + STEADY)
    assert (made.code, len(made.failed), made.unsteady) == (1, 1, {})


def test_what_fails_again_is_told_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = run_of(tmp_path, BROKEN + UNSTEADY.format(mark="@pytest.mark.stack", been=str(tmp_path / "been")))
    assert (made.code, len(made.failed), len(made.unsteady)) == (1, 1, 1)
    assert tell([made, Outcome("other", 0)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Failed on made."
    assert any("never" in line for line in lines[-14:])


def test_many_failures_are_no_matter_of_a_crowd(tmp_path: Path) -> None:
    marked = UNSTEADY.format(mark="@pytest.mark.stack", been=str(tmp_path / "been"))
    many = "\n".join(f"def test_{at}():\n    assert False\n" for at in range(5))
    made = run_of(tmp_path, marked + many)
    assert (made.code, len(made.failed), made.unsteady) == (1, 6, {})


def test_a_run_that_never_began_is_a_failure(tmp_path: Path) -> None:
    assert run_of(tmp_path, "import nothing_of_this_name\n").code != 0
    (tmp_path / "broken.py").write_text("raise KeyError('a setting')")
    environment = {"PYTHONPATH": str(tmp_path), "PYTEST_ADDOPTS": "-o addopts= --ds=broken"}
    made = run("made", [str(tmp_path)], environment, tmp_path / "other")
    assert (made.code, made.failed) == (1, {})


def test_one_that_is_left_out_the_second_time_has_not_passed(tmp_path: Path) -> None:
    text = UNSTEADY.format(mark="@pytest.mark.stack", been=str(tmp_path / "been"))
    made = run_of(tmp_path, text + "    pytest.skip('no longer')\n")
    assert (made.code, len(made.failed), made.unsteady) == (1, 1, {})


def test_a_run_that_a_signal_ended_is_a_failure() -> None:
    assert tell([Outcome("one", 0), Outcome("other", -9)]) == 9
