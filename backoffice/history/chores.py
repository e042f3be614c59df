"""Small jobs without much of a story: the cleanup, the events of emails, a test of the pipeline."""

from __future__ import annotations

from contextlib import suppress

from backoffice.history import mishaps
from backoffice.history.jobs import OK, Registry
from backoffice.history.life import Life, NotYet
from backoffice.history.tables import Json

LOCKED = 0.004  # of the cleanups: the database was


def live_shortly(registry: Registry, life: Life, result: Json) -> None:
    chance = registry.chance
    with suppress(NotYet):
        life.claim(chance.expovariate(1 / 0.5))
        life.work(chance.lognormvariate(-2, 0.7))
        life.succeed()
    registry.write_down(life, result)


def live_cleanup(registry: Registry, life: Life) -> None:
    chance = registry.chance
    with suppress(NotYet):
        life.claim(chance.expovariate(1 / 0.5))
        life.work(chance.lognormvariate(0, 0.7))
        if chance.random() < LOCKED:
            life.fail(mishaps.database_locked)
        else:
            life.succeed()
    registry.write_down(life, OK)
