"""`make quick`: what a minute can tell. SQLite, no browser, no processes; what failed last comes first.

Which tests these are, markers and fixtures tell (tests/kinds.py). A word that is a folder or a file under
tests/ runs that; other words, the tests whose file or name has them all; what begins with "-" goes to pytest
with all that follows.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.kinds import QUICK
from tests.servers import ROOT

NOTHING_FOUND = 5  # pytest's exit code


def main(arguments: list[str]) -> int:
    # Of computing tests alone, as many at a time as there are cores.
    count = str(max(2, os.cpu_count() or 2))
    command = [sys.executable, "-m", "pytest", "-q", "-n", count, "--dist", "worksteal", "--failed-first"]
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    code = subprocess.run([*command, "-m", QUICK, *selection(arguments)], env=clean, check=False).returncode
    if code == NOTHING_FOUND:
        print("No quick test is called that: `make test` has the others.")
    return abs(code)


def selection(arguments: list[str]) -> list[str]:
    """What pytest is told for these words."""
    first = next((n for n, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    paths, names = [], []
    for word in arguments[:first]:
        if found := path(word):
            paths.append(found)
        else:
            names.append(word)
    return [*paths, *(["-k", " and ".join(names)] if names else []), *arguments[first:]]


def path(word: str) -> str:
    """The folder, file or test that the word means; "" where it is none."""
    place, _, name = word.partition("::")
    inside = place.removeprefix("tests/")
    found = next((one for one in (inside, f"{inside}.py") if holds_tests(ROOT / "tests" / one)), "")
    return f"tests/{found}" + (f"::{name}" if name else "") if found else ""


def holds_tests(place: Path) -> bool:
    return place.is_dir() or (place.is_file() and place.name.startswith("test_"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
