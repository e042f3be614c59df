"""A past as it happens: what is planned, then everything that is launched, in the order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing

from backoffice.history.cast import engage
from backoffice.history.launches import Launches
from backoffice.history.office import Office
from backoffice.history.parts import JOBS_OF_A_PART, parts
from backoffice.history.processes import in_order, rarely_collected
from backoffice.history.tables import Batch, Table, Writes
from backoffice.history.wish import Wish
from backoffice.history.world import World

SAID_EACH = 50_000  # jobs


class Past:
    def __init__(self, wish: Wish, say: Callable[[str], None]) -> None:
        self.wish, self.say = wish, say
        self.world = World(wish, engage(wish))
        self.office = Office(self.world)
        self.written: Counter[str] = Counter()
        self._said = 0

    @property
    def tables(self) -> list[Table]:
        return self.world.tables

    def happen(self, write: Writes, processes: int = 1) -> None:
        """All rows but those of reports. They are the same, however many processes make them."""
        with rarely_collected():
            planned = self._plan(write)
            todo = list(parts(self.wish.first, self.wish.until, self.wish.jobs - planned))
            made = in_order(Launches(self.world).make, todo, min(processes, len(todo)))
            with closing(made):
                for batches in made:
                    self._write(write, batches)

    def make_reports(self, write: Writes, *, newest: bool) -> None:
        self.office.documents.finish(newest=newest)
        self._write(write, self.world.take())
        self.office.documents.keep_snapshots()

    def _plan(self, write: Writes) -> int:
        """What the office does; how many jobs that were."""
        written = 0
        for _done in self.office.live():
            if self.office.quota.made - written >= JOBS_OF_A_PART:
                written = self.office.quota.made
                self._write(write, self.world.take())
        self._write(write, self.world.take())
        return self.office.quota.made

    def _write(self, write: Writes, batches: Iterable[Batch]) -> None:
        for batch in batches:
            write(batch)
            self.written[batch.table] += batch.number
        jobs = self.written[self.world.job_tables.jobs.name]
        if jobs - self._said >= SAID_EACH:
            self._said = jobs
            self.say(f"{jobs:,} jobs")
