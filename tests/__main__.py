"""`make test`: the whole suite on SQLite, then on PostgreSQL. Arguments are passed on to pytest.

What failed is told once more at the end: a log that is cut keeps its last lines. A test that drives real
processes or a browser, and failed beside others, is tried once more alone: docs/decisions/0013.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import needs
from tests.programs import find_postgres
from tests.servers import PostgresServer

# Lines of a failure that are told at the end.
TOLD = 12
# More failures than this are no matter of a crowded machine.
TRIED_AGAIN = 5


@dataclass
class Outcome:
    """Of the tests on one database: what they say by the name of the test."""

    database: str
    code: int
    failed: dict[str, str] = field(default_factory=dict)
    unsteady: dict[str, str] = field(default_factory=dict)  # failed beside others, and passed alone


def main(arguments: list[str]) -> int:
    """The exit code of the first run that failed."""
    with tempfile.TemporaryDirectory(prefix="backoffice-results-") as folder:
        outcomes = [run("SQLite", arguments, {}, Path(folder))]
        if find_postgres() is None:
            print("PostgreSQL: not run, its server programs are missing. Debian: apt-get install postgresql.")
            outcomes.append(Outcome("PostgreSQL", 1 if needs.require_all() else 0))
        else:
            server = PostgresServer()
            server.start()
            try:
                again = ["-m", "not once and not long", *arguments]
                there = {"DATABASE_URL": server.url("backoffice")}
                outcomes.append(run("PostgreSQL", again, there, Path(folder)))
            finally:
                server.remove()
    return tell(outcomes)


def tell(outcomes: list[Outcome]) -> int:
    for one in outcomes:
        for name, text in one.unsteady.items():
            print(f"\n{name} failed beside others on {one.database}, and passed alone:\n{text}")
        for name, text in one.failed.items():
            print(f"\n{name} failed on {one.database}:\n{text}")
    failed = [one.database for one in outcomes if one.code]
    print(f"Failed on {' and '.join(failed)}." if failed else "All tests pass.")
    return next((abs(one.code) for one in outcomes if one.code), 0)  # below zero: ended by a signal


def run(database: str, arguments: list[str], environment: dict[str, str], folder: Path) -> Outcome:
    print(f"\n=== The tests on {database} ===", flush=True)
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    def run_pytest(results: Path, *options: str) -> int:
        cache = ("-o", f"cache_dir={folder / database}")
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={results}", *cache, *options]
        return subprocess.run(command, env=clean | environment, check=False).returncode

    # One more than there are cores: most tests wait for other processes rather than compute.
    count = str(max(2, os.cpu_count() or 2) + 1)
    results = folder / f"{database}.xml"
    code = run_pytest(results, "-n", count, "--dist", "worksteal", *arguments)
    failed = failures(results)
    # That a run ended with this code and names no test happens too: its settings could not be read.
    if code != pytest.ExitCode.TESTS_FAILED or not 0 < len(failed) <= TRIED_AGAIN:
        return Outcome(database, code, failed)

    print(f"\n=== Again on {database}, one by one: those that drive processes or a browser ===", flush=True)
    alone = folder / f"{database} alone.xml"
    run_pytest(alone, "--last-failed", "--last-failed-no-failures=none", *arguments, "-m", "browser or stack")
    steady = passed(alone)
    unsteady = {name: text for name, text in failed.items() if name in steady}
    failed = {name: text for name, text in failed.items() if name not in steady}
    return Outcome(database, code if failed else 0, failed, unsteady)


def passed(results: Path) -> set[str]:
    """The tests that passed; those that were left out did not."""
    left_out = {name_of(case) for case in cases(results) if case.find("skipped") is not None}
    return {name_of(case) for case in cases(results)} - failures(results).keys() - left_out


def failures(results: Path) -> dict[str, str]:
    """The tests that failed, with their message and the last lines of their traceback."""
    told = {}
    for case in cases(results):
        for problem in (*case.findall("failure"), *case.findall("error")):
            lines = (problem.text or problem.get("message") or "").splitlines()
            told[name_of(case)] = "\n".join(lines[-TOLD:])
    return told


def cases(results: Path) -> list[ElementTree.Element]:
    """None where pytest did not get that far, and has said why."""
    if not results.exists():
        return []
    return list(ElementTree.parse(results).iter("testcase"))  # noqa: S314 - written by the run itself


def name_of(case: ElementTree.Element) -> str:
    return f"{case.get('classname', '')}::{case.get('name', '')}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
