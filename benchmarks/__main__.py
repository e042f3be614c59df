"""`make bench`: figures of this machine, as ratios against a baseline of the same run where there is one.

`make bench ARGS="jobs recovery"` runs some of the parts. A part is a module of this package: one that has
`main(house)`, or a script that is started on an empty, migrated database. Where a figure is beyond its
bound, or a part broke, the other parts still run; the exit code is 1.
"""

from __future__ import annotations

import signal
import sys

from benchmarks import floors, jobs
from benchmarks.house import private_house
from tests.programs import find_postgres

SCRIPTS = {
    "log_lines": "a job that writes ten log lines beside one that writes none",
    "emails": "emails per second of one worker process beside a bare boto3 loop",
    "mailings": "a mailing by one worker process beside a bare boto3 loop; its freeze, pace and pages",
    "recovery": "10,000 waiting jobs whole again after the broker was emptied",
    "clock": "2,000 of 10,000 schedules due at once, and a tick that has nothing to do",
    "schedules": "10,000 schedules with 1,000,000 slots: list and page beside the stock admin, a timeline",
    "dashboard": "the first page of each role, and the list of jobs, after a month of 1,000,000 jobs",
    "batches": "100,000 failed jobs as a batch: the click, its rate beside launch_many, and its stop",
    "desk": "pages after 1,000 and after 1,000,000 jobs, beside the stock admin; a cleanup while jobs run",
    "reports": "reports of 1,000 to 50,000 rows beside plain WeasyPrint",
    "sheets": "1,000,000 rows as CSV and XLSX beside a bare loop over the same writer",
    "memory": "what a job costs in memory and on disk",
}
PARTS = {"jobs": "jobs per second beside plain Celery", **SCRIPTS}


def main(chosen: list[str]) -> None:
    if find_postgres() is None:
        raise SystemExit("The benchmark needs PostgreSQL's programs. Debian: apt-get install postgresql.")
    if unknown := set(chosen) - PARTS.keys():
        raise SystemExit(f"No such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped
    held = True
    with private_house() as house:
        for part in chosen or PARTS:
            print(f"\n=== {part}: {PARTS[part]} ===", flush=True)
            if part == "jobs":
                jobs.main(house)
            else:
                held &= house.run(f"benchmarks.{part}")
            if part in ("clock", "desk"):
                print("  The same on SQLite:", flush=True)
                held &= house.run(f"benchmarks.{part}", sqlite=True)
    floors.end()
    if not held:
        sys.exit(1)


main(sys.argv[1:])
