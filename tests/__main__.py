"""`make test`: the whole suite on SQLite, then on PostgreSQL. Arguments are passed on to pytest.

What failed is told once more at the end: a log that is cut keeps its last lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests import needs
from tests.programs import find_postgres
from tests.servers import PostgresServer


def main(arguments: list[str]) -> int:
    """The worst exit code of the two runs."""
    with tempfile.TemporaryDirectory(prefix="backoffice-results-") as folder:
        return run_all(arguments, Path(folder))


def run_all(arguments: list[str], folder: Path) -> int:
    codes = {"SQLite": run("SQLite", arguments, {}, folder)}
    if find_postgres() is None:
        missing = "PostgreSQL: not run, its server programs are missing. Debian: apt-get install postgresql."
        print(missing)
        codes["PostgreSQL"] = 1 if needs.require_all() else 0
    else:
        server = PostgresServer()
        server.start()
        try:
            again = ["-m", "not once and not long", *arguments]
            codes["PostgreSQL"] = run("PostgreSQL", again, {"DATABASE_URL": server.url("backoffice")}, folder)
        finally:
            server.remove()
    failed = [name for name, code in codes.items() if code]
    for database in failed:
        for name, text in failures(folder / f"{database}.xml"):
            print(f"\n{name} failed on {database}:\n{text}")
    print(f"Failed on {' and '.join(failed)}." if failed else "All tests pass.")
    return max(codes.values())


def run(database: str, arguments: list[str], environment: dict[str, str], folder: Path) -> int:
    print(f"\n=== The tests on {database} ===", flush=True)
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    # One more than there are cores: most tests wait for other processes rather than compute.
    count = str(max(2, os.cpu_count() or 2) + 1)
    results = f"--junit-xml={folder / database}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", count, "--dist", "worksteal", results, *arguments]
    return subprocess.run(command, env=clean | environment, check=False).returncode


def failures(results: Path, lines: int = 12) -> list[tuple[str, str]]:
    """The tests that failed, by pytest's name, with their message and the last lines of their traceback."""
    if not results.exists():  # pytest itself did not get that far, and has said why
        return []
    told = []
    for case in ElementTree.parse(results).iter("testcase"):  # noqa: S314 - written by the run above
        for problem in (*case.findall("failure"), *case.findall("error")):
            name = f"{case.get('classname', '')}::{case.get('name', '')}"
            text = (problem.text or problem.get("message") or "").splitlines()
            told.append((name, "\n".join(text[-lines:])))
    return told


sys.exit(main(sys.argv[1:]))
