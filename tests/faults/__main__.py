"""`make faults`: every scenario, then chaos, then one table. Arguments are passed on to pytest."""

from __future__ import annotations

import sys
import time

import pytest

from tests import needs
from tests.faults.table import Table


def main(arguments: list[str]) -> int:
    """0 when each scenario saw what it expected."""
    if needs.missing():
        print("\n".join(need.sentence for need in needs.missing()))
    table, began = Table(), time.monotonic()
    # "" takes back pyproject's choice, which leaves out the long ones.
    code = pytest.main(["tests/faults", "-m", "", "-v", "--no-header", *arguments], plugins=[table])
    print(f"\n{table}\n\n{(time.monotonic() - began) / 60:.1f} minutes. ", end="")
    print("All as expected." if code == 0 else "NOT all as expected: see above.")
    return int(code)


sys.exit(main(sys.argv[1:]))
