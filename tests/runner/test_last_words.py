"""`make test` itself: what failed is told last, and nothing that failed is called good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.__main__ import CHANCE, Outcome, run_twice, tell
from tests.servers import ROOT

pytestmark = [pytest.mark.once, pytest.mark.processes]

BROKEN = "def test_broken():\n    assert 1 == 2, 'never'\n"
STEADY = "def test_steady():\n    pass\n"
# Fails as long as nothing of its name lies beside it.
ONCE = """
from pathlib import Path
def test_{name}():
    seen = Path(__file__).with_name("{name}")
    assert (seen.exists(), seen.touch())[0], "busy"
"""


def bare_run(folder: Path, text: str, *options: str) -> Outcome:
    (folder / "test_made.py").write_text(text)
    # Neither Django nor a browser: what is made here needs none, and they take seconds to load.
    bare = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-o addopts= -p xdist -p pytest_timeout"}
    return run_twice(
        "made", ["-c", str(ROOT / "pyproject.toml"), str(folder / "test_made.py"), *options], bare, folder
    )


def test_what_failed_is_told_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = bare_run(tmp_path, BROKEN + STEADY)
    assert (made.code, len(made.failed)) == (1, 1)
    assert tell([made, Outcome("other", 0)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Failed on made."
    [told] = [n for n, line in enumerate(lines) if "test_broken failed on made" in line]
    assert told >= len(lines) - 14
    assert any("never" in line for line in lines[told:])
    [slowest] = [n for n, line in enumerate(lines) if "slowest" in line]
    both = {line.split("::")[1] for line in lines[slowest + 1 : told] if "::" in line}
    assert both == {"test_broken on made", "test_steady on made"}


def test_a_run_without_failures_is_good(tmp_path: Path) -> None:
    made = bare_run(tmp_path, STEADY)
    assert (made.code, made.failed, tell([made])) == (0, {}, 0)


def test_a_run_that_never_began_or_that_a_signal_ended_is_a_failure(tmp_path: Path) -> None:
    assert tell([bare_run(tmp_path, "import nothing_of_this_name\n")]) != 0
    assert tell([Outcome("one", 0), Outcome("other", -9)]) == 9


def test_what_passes_alone_fails_nothing_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = bare_run(tmp_path, ONCE.format(name="slow") + STEADY)
    assert (made.code, made.failed, len(made.passed_alone)) == (0, {}, 1)
    capsys.readouterr()
    assert tell([made]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "All tests pass, 1 of them only alone."
    assert any("busy" in line for line in lines)


def test_one_that_fails_alone_too_is_not_saved_by_those_that_pass(tmp_path: Path) -> None:
    made = bare_run(tmp_path, ONCE.format(name="slow") + BROKEN)
    assert (made.code, len(made.failed), len(made.passed_alone)) == (1, 1, 1)
    [failed], [passed] = made.failed, made.passed_alone
    assert ("broken" in failed, "slow" in passed) == (True, True)


def test_more_than_chance_are_not_asked_again(tmp_path: Path) -> None:
    made = bare_run(tmp_path, "".join(ONCE.format(name=f"slow_{n}") for n in range(CHANCE + 1)))
    assert (made.code, len(made.failed)) == (1, CHANCE + 1)
