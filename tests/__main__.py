"""`make test`: the whole suite on SQLite, then on PostgreSQL. Arguments are passed on to pytest."""

from __future__ import annotations

import os
import subprocess
import sys

from tests import needs
from tests.programs import find_postgres
from tests.servers import PostgresServer


def main(arguments: list[str]) -> int:
    """The worst exit code of the two runs; what was left out is said last."""
    codes = {"SQLite": run("SQLite", arguments, {})}
    if find_postgres() is None:
        missing = "PostgreSQL: not run, its server programs are missing. Debian: apt-get install postgresql."
        print(missing)
        codes["PostgreSQL"] = 1 if needs.require_all() else 0
    else:
        server = PostgresServer()
        server.start()
        try:
            again = ["-m", "not once and not long", *arguments]
            codes["PostgreSQL"] = run("PostgreSQL", again, {"DATABASE_URL": server.url("backoffice")})
        finally:
            server.remove()
    failed = [name for name, code in codes.items() if code]
    print(f"Failed on {' and '.join(failed)}." if failed else "All tests pass.")
    return max(codes.values())


def run(database: str, arguments: list[str], environment: dict[str, str]) -> int:
    print(f"\n=== The tests on {database} ===", flush=True)
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    # One more than there are cores: most tests wait for other processes rather than compute.
    count = str(max(2, os.cpu_count() or 2) + 1)
    command = [sys.executable, "-m", "pytest", "-q", "-n", count, "--dist", "worksteal", *arguments]
    return subprocess.run(command, env=clean | environment, check=False).returncode


sys.exit(main(sys.argv[1:]))
