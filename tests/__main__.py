"""`make test`: the whole suite on SQLite, then on PostgreSQL. Arguments are passed on to pytest.

What failed is told once more at the end: a log that is cut keeps its last lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests import needs
from tests.programs import find_postgres
from tests.servers import PostgresServer

# Lines of a failure that are told at the end.
TOLD = 12


@dataclass
class Outcome:
    """Of the tests on one database: what those that failed say, by name."""

    database: str
    code: int
    failed: dict[str, str] = field(default_factory=dict)


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
        for name, text in one.failed.items():
            print(f"\n{name} failed on {one.database}:\n{text}")
    failed = [one.database for one in outcomes if one.code]
    print(f"Failed on {' and '.join(failed)}." if failed else "All tests pass.")
    return next((abs(one.code) for one in outcomes if one.code), 0)  # below zero: ended by a signal


def run(database: str, arguments: list[str], environment: dict[str, str], folder: Path) -> Outcome:
    print(f"\n=== The tests on {database} ===", flush=True)
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    # One more than there are cores: most tests wait for other processes rather than compute.
    count = str(max(2, os.cpu_count() or 2) + 1)
    results = folder / f"{database}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", count, "--dist", "worksteal"]
    command += [f"--junit-xml={results}", *arguments]
    code = subprocess.run(command, env=clean | environment, check=False).returncode
    return Outcome(database, code, failures(results))


def failures(results: Path) -> dict[str, str]:
    """The tests that failed, with their message and the last lines of their traceback.

    None where pytest did not get that far, and has said why.
    """
    told: dict[str, str] = {}
    if not results.exists():
        return told
    for case in ElementTree.parse(results).iter("testcase"):  # noqa: S314 - written by the run itself
        for problem in (*case.findall("failure"), *case.findall("error")):
            lines = (problem.text or problem.get("message") or "").splitlines()
            told[f"{case.get('classname', '')}::{case.get('name', '')}"] = "\n".join(lines[-TOLD:])
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
