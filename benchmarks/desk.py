"""The pages of support after a thousand jobs, and after a million: they take as long, far back too.

`BENCH_HISTORY` is the number of jobs that `make_history` invents for the second look. Both pasts are there at
the same time, each in a database of its own, and a page is looked at in one and then in the other. The stock
admin of django-celery-results is asked for the same rows in the same run. Then half of the past is cleaned up
while jobs run.
"""

from __future__ import annotations

import os

from benchmarks import desk_past  # sets Django up

from benchmarks import cleanup, floors, stock  # isort: skip
from benchmarks.beside import Beside  # isort: skip
from benchmarks.desk_look import LOOKS, Look, look  # isort: skip
from benchmarks.desk_pages import PAGES, Page  # isort: skip

FEW = 1_000
MANY = int(os.environ.get("BENCH_HISTORY", "100000" if desk_past.SQLITE else "1000000"))
SLOWER = 1.3  # times, of the same page after few jobs
QUERIES = 12
STOCK = 0.1  # of the time that the stock admin takes


def main() -> None:
    with Beside("few", "benchmarks.desk_look", str(FEW)) as few:
        desk_past.make(MANY)
        theirs = {} if desk_past.SQLITE else stock.ask()
        heads = ("times", 8), ("queries", 9), ("stock", 12)
        counts = f"{FEW:>10,}{MANY:>12,}{''.join(f'{head:>{width}}' for head, width in heads)}"
        print(f"  {f'median of {LOOKS}':<38}{counts}")
        for number, page in enumerate(PAGES):
            compare(page, Look(*few.ask(number)), theirs.get(page.beside))
    if not desk_past.SQLITE:
        cleanup.main()
    floors.end()


def compare(page: Page, few: Look, theirs: float | None) -> None:
    """Of a list that has fewer rows after few jobs, so many are shown after many as well."""
    now = look(page)
    alike = look(page, few.rows) if few.rows < now.rows else now
    times = alike.took / few.took
    print(
        f"  {page.title:<38}{few.took:>7.0f} ms{now.took:>9.0f} ms{times:>8.2f}{now.queries:>9}",
        f"{theirs:>8.0f} ms" if theirs else " " * 11,
        f"{few.rows} and {now.rows} rows" if alike is not now else "",
        flush=True,
    )
    floors.hold(f"{page.title}: times of after {FEW:,} jobs", times, at_most=SLOWER)
    floors.hold(f"{page.title}: statements", now.queries, at_most=QUERIES)
    if theirs:
        floors.hold(f"{page.title}: of the stock admin's time", now.took / theirs, at_most=STOCK)


if __name__ == "__main__":  # the processes that make the past import this file as well
    main()
