"""How much is launched in which hour: people work by day, code at any time, and month ends are busy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

HOUR = timedelta(hours=1)
# By the hour of the office's day; what code launches at night is a tenth of a busy morning.
BY_HOUR = (2, 2, 2, 2, 2, 3, 5, 9, 16, 22, 24, 20, 12, 16, 22, 20, 17, 12, 8, 6, 5, 4, 3, 2)
WEEKEND = 0.25
MONTH_END = 1.6  # the last day and the first two


def hours(first: datetime, until: datetime, total: int) -> Iterator[tuple[datetime, timedelta, int]]:
    """Each hour with its length and how many jobs it has; they add up to the total."""
    spans = []
    moment = first
    while moment < until:
        end = min(moment + HOUR, until)
        spans.append((moment, end - moment, _weight(moment) * ((end - moment) / HOUR)))
        moment = end
    everything = sum(weight for _start, _length, weight in spans)
    so_far, given = 0.0, 0
    for start, length, weight in spans:
        so_far += weight
        due = round(total * so_far / everything)
        yield start, length, due - given
        given = due


def at_work(moment: datetime) -> bool:
    """Whether people are in the office."""
    local = timezone.localtime(moment)
    return local.weekday() < 5 and 8 <= local.hour < 19


def next_at_work(moment: datetime, chance: random.Random) -> datetime:
    """The moment itself, or some time after eight on the next working day."""
    if at_work(moment):
        return moment
    local = timezone.localtime(moment)
    days = 0 if local.hour < 8 and local.weekday() < 5 else 1
    morning = local.replace(hour=8, minute=0, second=0) + timedelta(days=days)
    while morning.weekday() >= 5:
        morning += timedelta(days=1)
    return morning + timedelta(minutes=min(chance.expovariate(1 / 45), 240))


def _weight(moment: datetime) -> float:
    local = timezone.localtime(moment)
    weight = float(BY_HOUR[local.hour])
    if local.weekday() >= 5:
        weight *= WEEKEND
    if local.day <= 2 or (local + timedelta(days=1)).month != local.month:
        weight *= MONTH_END
    return weight
