"""What failed and was run again, and how that fits into the number of jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from backoffice.history.jobs import Launched
from backoffice.history.life import Life
from backoffice.history.rhythm import next_at_work
from backoffice.history.world import World
from tasks_app.admin import audit_log
from tasks_app.models import State
from tasks_app.models.job import Origin

SHARE = 0.55  # of failures: support looks after them
MOST = 2  # times


@dataclass
class Quota:
    """How many jobs a part has: one that follows from another takes the place of a later launch."""

    to_come: int  # launches
    made: int = 0
    owed: int = 0

    def has_room(self) -> bool:
        return self.owed < self.to_come

    def add_one(self) -> None:
        """One that nobody planned."""
        self.owed += 1
        self.made += 1

    def takes_a_launch(self) -> bool:
        """Whether the next launch happens."""
        self.to_come -= 1
        if self.owed:
            self.owed -= 1
            return False
        return True


def live_with_reruns(world: World, quota: Quota, life: Life, live: Callable[[Life, bool], None]) -> None:
    """What failed is run again by support, often with success, sometimes a second time."""
    by = life.row["created_by_id"]
    if by is not None:
        world.desk.note(by, life, audit_log.LAUNCHED(), life.now)
    live(life, False)
    quota.made += 1
    earlier: list[Life] = []
    while life.state == State.FAILED and len(earlier) < MOST and quota.has_room():
        again = _rerun(world, life)
        if again is None:
            return
        earlier.append(life)
        life = again
        live(life, True)
        world.registry.tell_family(earlier, life)
        quota.add_one()


def _rerun(world: World, failed: Life) -> Life | None:
    """Its next try, where somebody makes one before the end of the past."""
    chance, support = world.chance, world.cast.support
    if chance.random() > SHARE:
        return None
    at = next_at_work(failed.now + timedelta(minutes=chance.expovariate(1 / 90)), chance)
    if at >= world.wish.until:
        return None
    why = Launched(at, Origin.RERUN, support, rerun_of=failed)
    life = world.registry.launch(failed.row["name"], failed.arguments, why, failed.row["about"])
    world.desk.note(support.pk, failed, audit_log.RUN_AGAIN(id=life.id), at)
    return life
