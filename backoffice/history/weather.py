"""The mail service's bad hours, one bad morning among them, and what support did about it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

MORNING = timedelta(hours=8, minutes=40)
LENGTH = timedelta(hours=2, minutes=30)  # of the bad morning
PAUSED_AFTER, PAUSED_FOR = timedelta(minutes=25), timedelta(minutes=35)


@dataclass(frozen=True)
class Spell:
    """From one moment to just before another."""

    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.begin <= at < self.end


class Weather:
    def __init__(self, chance: random.Random, first: datetime, until: datetime) -> None:
        self.morning = _bad_morning(chance, first, until)
        bad = [] if self.morning is None else [self.morning]
        self._bad = bad + list(_others(chance, first, until, 1 - len(bad)))
        # Support stopped the queue of emails in the middle of that morning, and opened it again.
        self.pause: Spell | None = None
        if self.morning is not None:
            began = self.morning.begin + PAUSED_AFTER
            self.pause = Spell(began, began + PAUSED_FOR)

    def is_bad(self, at: datetime) -> bool:
        return any(spell.begin <= at < spell.end for spell in self._bad)

    def held(self, at: datetime) -> float:
        """Seconds that the pause of a queue adds to the wait of what is due now."""
        if self.pause is None or not self.pause.holds(at):
            return 0.0
        return (self.pause.end - at).total_seconds()


def _bad_morning(chance: random.Random, first: datetime, until: datetime) -> Spell | None:
    """Of one working day, not the last; None where there was none."""
    midnight = timezone.localtime(first).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for days in range((until - first).days + 1):
        begin = midnight + timedelta(days=days) + MORNING
        if first <= begin and begin + LENGTH < until and begin.weekday() < 5:
            found.append(begin)
    if not found:
        return None
    chosen = chance.choice(found)
    return Spell(chosen, chosen + LENGTH)


def _others(chance: random.Random, first: datetime, until: datetime, at_least: int) -> Iterator[Spell]:
    """About one in two weeks, at any hour."""
    for _fortnight in range(max(at_least, (until - first).days // 14)):
        begin = first + (until - first) * chance.uniform(0.05, 0.97)
        yield Spell(begin, begin + timedelta(minutes=chance.uniform(30, 150)))
