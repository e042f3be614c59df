"""Rows as CSV and XLSX beside a bare loop over the same writer, in one run; memory after few and after many.

`BENCH_SHEET_ROWS` is how many. In turns, so that a slow minute slows both alike.
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import floors
from benchmarks.weighing import Weight, weigh

ROWS = int(os.environ.get("BENCH_SHEET_ROWS", "1000000"))
ROUNDS = {"csv": 3, "xlsx": 1}  # a million rows of XLSX take minutes
RATE = 0.8  # of a bare loop's
FLAT = 1.1  # times the memory of a hundredth of the rows


def main() -> None:
    with TemporaryDirectory(prefix="backoffice-bench-") as folder:
        for form, rounds in ROUNDS.items():
            measure(form, rounds, Path(folder) / f"rows.{form}")
    floors.end()


def measure(form: str, rounds: int, file: Path) -> None:
    few = _weigh(ROWS // 100, file, form, "ours")
    pairs = [(_weigh(ROWS, file, form, "ours"), _weigh(ROWS, file, form, "bare")) for _ in range(rounds)]
    rate = median(bare.processor / ours.processor for ours, bare in pairs)
    ours, bare = pairs[-1]
    print(
        f"  {ROWS:,} rows of {form.upper()}: {ours.processor:.1f} s of processor beside {bare.processor:.1f} "
        f"of a bare loop, {rate:.2f} × its rate; {ours.peak:.0f} MiB, {few.peak:.0f} after a hundredth",
        flush=True,
    )
    floors.hold(f"rows of {form.upper()} a second, as a ratio of a bare loop's", rate, at_least=RATE)
    floors.hold(f"memory of {ROWS:,} rows of {form.upper()}", ours.peak / few.peak, at_most=FLAT)


def _weigh(rows: int, file: Path, form: str, how: str) -> Weight:
    return weigh("benchmarks.sheet", str(rows), str(file), form, how)


if __name__ == "__main__":
    main()
