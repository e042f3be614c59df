"""`make fuzz`: each address, filter and field with each value of values.py, as each role, on both databases.

ARGS are passed on to pytest; SHARE=0.1 in the environment tries a tenth, another one for each SEED.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests import needs
from tests.__main__ import run
from tests.programs import find_postgres
from tests.servers import PostgresServer

FOLDER = "FUZZ_COUNTS"  # the environment's name of the folder that each part leaves its counts in
WHOLE = ["tests/fuzz/test_whole.py", "-m", "long"]  # which every other run leaves out


def main(arguments: list[str]) -> int:
    """1 where anything that was sent ended in a 500."""
    arguments = [*WHOLE, "-p", "no:cacheprovider", *arguments]
    with tempfile.TemporaryDirectory(prefix="backoffice-fuzz-") as folder:
        codes = [on("SQLite", arguments, {}, Path(folder))]
        if find_postgres() is None:
            print("PostgreSQL: not run, its server programs are missing. Debian: apt-get install postgresql.")
            return 1 if needs.require_all() else codes[0]
        server = PostgresServer()
        server.start()
        try:
            codes.append(
                on("PostgreSQL", arguments, {"DATABASE_URL": server.url("backoffice")}, Path(folder))
            )
        finally:
            server.remove()
    return max(codes)


def on(database: str, arguments: list[str], environment: dict[str, str], folder: Path) -> int:
    counts = folder / database
    counts.mkdir()
    outcome = run(database, arguments, environment | {FOLDER: str(counts), "FUZZ": "1"}, folder)
    print(f"\n{database}:")
    for part in sorted(counts.iterdir()):
        print(part.read_text(), end="")
    return abs(outcome.code)


if __name__ == "__main__":
    os.environ.setdefault("SHARE", "1")
    sys.exit(main(sys.argv[1:]))
