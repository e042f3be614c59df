"""Long reports beside plain WeasyPrint, in one run: time, memory, and how large the file is.

`BENCH_REPORT_ROWS` is the longest, which ours alone makes. In turns, so that a slow minute slows both alike.
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import floors
from benchmarks.weighing import Weight, weigh

LONGEST = int(os.environ.get("BENCH_REPORT_ROWS", "50000"))
ROUNDS = {1_000: 3, 5_000: 1}  # plain WeasyPrint takes most of a minute for 5,000
PARTS = {1_000: 1 / 3, 5_000: 1 / 5}  # of its time, at most
PEAK = 250  # MiB
FLAT = 1.25  # times what 1,000 rows take
A_ROW = 1.5  # KB of file


def main() -> None:
    print(f"  {'rows':>8} {'':<16} {'wall':>8} {'processor':>10} {'peak':>10} {'a row':>9}")
    with TemporaryDirectory(prefix="backoffice-bench-") as folder:
        peaks = [beside(rows, rounds, Path(folder)) for rows, rounds in ROUNDS.items()]
        longest = ours(LONGEST, Path(folder))
    shown(LONGEST, "this back office", longest)
    bounded(LONGEST, longest)
    growth = longest.peak / peaks[0]
    floors.hold(f"memory of {LONGEST:,} rows, as a ratio of 1,000", growth, at_most=FLAT)
    floors.end()


def beside(rows: int, rounds: int, folder: Path) -> float:
    """The peak of ours."""
    pairs = []
    for _round in range(rounds):
        plain = weigh("benchmarks.plain_report", str(rows), str(folder / "plain.pdf"))
        its = ours(rows, folder)
        shown(rows, "plain WeasyPrint", plain)
        shown(rows, "this back office", its)
        pairs.append((its, plain))
    wall = median(its.wall / plain.wall for its, plain in pairs)
    processor = median(its.processor / plain.processor for its, plain in pairs)
    print(f"  {rows:>8,} rows take {wall:.2f} × its time by the clock, {processor:.2f} × the processor's")
    # Both work by one thread: where nothing else runs, the two ratios are one.
    bound = f"{rows:,} rows, as a ratio of plain WeasyPrint's time"
    floors.hold(bound, wall, at_most=PARTS[rows])
    largest = max((its for its, _plain in pairs), key=lambda its: its.peak)
    bounded(rows, largest)
    return largest.peak


def ours(rows: int, folder: Path) -> Weight:
    return weigh("benchmarks.long_report", str(rows), str(folder / "ours.pdf"))


def bounded(rows: int, its: Weight) -> None:
    floors.hold(f"memory of {rows:,} rows, MiB", its.peak, at_most=PEAK)
    floors.hold(f"size of a row of {rows:,}, KB", its.size / rows / 1000, at_most=A_ROW)


def shown(rows: int, name: str, its: Weight) -> None:
    print(
        f"  {rows:>8,} {name:<16} {its.wall:>6.1f} s {its.processor:>8.1f} s"
        f" {its.peak:>6.0f} MiB {its.size / rows / 1000:>6.2f} KB",
        flush=True,
    )


if __name__ == "__main__":
    main()
