"""`make test`: the whole suite on SQLite, then on PostgreSQL what a database can decide.

Which database it is matters to who asks one. So a test runs on PostgreSQL too when its fixtures give it the
tests' database (tests/kinds.py), and its own marker does not say `once`:

- whole: cleanup, clock, emails, engine, growing, health, reports, sign_in, pages, how_to; claims, locks, bulk
  writes, JSON, order, plans and rows that vanish under a reader are each database's own;
- of pages, who is kept out of what is asked once; that each page opens, as a superuser, on both;
- once: browser (what the browser makes of a page that opens on both), language (sentences), deploy, start and
  faults (PostgreSQL servers of their own, or none), what comes after the rows are read (words of pages, files
  of reports), and whatever asks no database at all.

What takes longest begins first (tests/order.py), what many need is made once (tests/made_once.py), and what a
test committed is taken away from the tables that it wrote into (tests/emptying.py).

What fails beside the others is asked once more, alone: real processes on a busy machine are sometimes slower
than a test waits. What passes then is told with what it said, and is to be mended, but fails nothing; more
than `CHANCE` of them are no chance.

The slowest are told at the end, and after them once more what failed: a log that is cut keeps its last lines.
Arguments are passed on to pytest.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import needs
from tests.kinds import AGAIN
from tests.programs import find_postgres
from tests.servers import PostgresServer

# Lines of a failure that are told at the end.
TOLD = 12
SLOWEST = 20
# As many tests of a run may fail beside the others and pass alone.
CHANCE = 5


@dataclass
class Outcome:
    """Of the tests on one database, by name: what those that failed say, and how many seconds each took.

    `passed_alone`: what those said that failed beside the others, and passed when they were asked again.
    """

    database: str
    code: int
    failed: dict[str, str] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    passed_alone: dict[str, str] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    """The exit code of the first run that failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was begun is tidied up
    with tempfile.TemporaryDirectory(prefix="backoffice-results-") as folder:
        outcomes = [run_twice("SQLite", arguments, {}, Path(folder))]
        if find_postgres() is None:
            print("PostgreSQL: not run, its server programs are missing. Debian: apt-get install postgresql.")
            outcomes.append(Outcome("PostgreSQL", 1 if needs.require_all() else 0))
        else:
            server = PostgresServer()
            server.start()
            try:
                again = ["-m", AGAIN, *arguments]
                there = {"DATABASE_URL": server.url("backoffice")}
                outcomes.append(run_twice("PostgreSQL", again, there, Path(folder)))
            finally:
                server.remove()
    return tell(outcomes)


def tell(outcomes: list[Outcome]) -> int:
    tell_slowest(outcomes)
    for one in outcomes:
        for name, text in one.passed_alone.items():
            print(f"\n{name} failed on {one.database} beside the others and passed alone; mend it:\n{text}")
    for one in outcomes:
        for name, text in one.failed.items():
            print(f"\n{name} failed on {one.database}:\n{text}")
    failed = [one.database for one in outcomes if one.code]
    alone = sum(len(one.passed_alone) for one in outcomes)
    good = f"All tests pass, {alone} of them only alone." if alone else "All tests pass."
    print(f"Failed on {' and '.join(failed)}." if failed else good)
    return next((abs(one.code) for one in outcomes if one.code), 0)  # below zero: ended by a signal


def tell_slowest(outcomes: list[Outcome]) -> None:
    took = [(seconds, name, one.database) for one in outcomes for name, seconds in one.took.items()]
    if took:
        print(f"\n=== The {SLOWEST} slowest, with their fixtures ===")
    for seconds, name, database in sorted(took, reverse=True)[:SLOWEST]:
        print(f"{seconds:6.1f} s  {name} on {database}")


def run_twice(database: str, arguments: list[str], environment: dict[str, str], folder: Path) -> Outcome:
    """All, and once more, alone, what failed beside the others, where it is little enough to be chance."""
    arguments = ["-o", f"cache_dir={folder / database}", *arguments]
    outcome = run(database, arguments, environment, folder)
    if outcome.code != pytest.ExitCode.TESTS_FAILED or not 0 < len(outcome.failed) <= CHANCE:
        return outcome
    alone = run(f"{database}, alone", [*arguments, "-n", "1", "--last-failed"], environment, folder)
    passed = {name: text for name, text in outcome.failed.items() if name in alone.took.keys() - alone.failed}
    failed = {name: text for name, text in outcome.failed.items() if name not in passed}
    return Outcome(database, outcome.code if failed else alone.code, failed, outcome.took, passed)


def run(database: str, arguments: list[str], environment: dict[str, str], folder: Path) -> Outcome:
    print(f"\n=== The tests on {database} ===", flush=True)
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    # Three more than there are cores: with two, a fifth of their time went by while all tests waited.
    count = str(max(2, os.cpu_count() or 2) + 3)
    results = folder / f"{database}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", count]
    command += ["--dist", "loadgroup", "--no-loadscope-reorder"]  # in the order of tests/order.py
    command += [f"--junit-xml={results}", *arguments]
    code = subprocess.run(command, env=clean | environment, check=False).returncode
    return read(results, Outcome(database, code))


def read(results: Path, outcome: Outcome) -> Outcome:
    """With what the run wrote down; nothing where pytest did not get that far, and has said why."""
    if not results.exists():
        return outcome
    for case in ElementTree.parse(results).iter("testcase"):  # noqa: S314 - written by the run itself
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        outcome.took[name] = float(case.get("time", 0))
        for problem in (*case.findall("failure"), *case.findall("error")):
            lines = (problem.text or problem.get("message") or "").splitlines()
            outcome.failed[name] = "\n".join(lines[-TOLD:])
    return outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
