"""Runs of a span as the bits of one number, a bit a second: days are compared whole, not run by run.

A rhythm of every minute has 650,000 runs in fifteen months; its days are 455 numbers, nearly all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice

ONE_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=64)
def all_of(seconds: int) -> int:
    """Every second of a span."""
    return (1 << seconds) - 1 if seconds > 0 else 0


def shifted(bits: int, seconds: int) -> int:
    """The same runs so many seconds later, or earlier; what comes before the span's begin is lost."""
    return bits << seconds if seconds >= 0 else bits >> -seconds


def offset(begin: datetime, moment: datetime) -> int:
    """The second of a span that begins so in which a moment lies."""
    return (moment - begin) // ONE_SECOND


@lru_cache(maxsize=64)
def repeated(period: int, seconds: int) -> int:
    """A run at the first second of a span, and after each so many: by doubling."""
    bits, length = 1, period
    while length < seconds:
        bits |= bits << length
        length *= 2
    return bits & all_of(seconds)


def lasting(bits: int, seconds: int) -> int:
    """Every second at which one of the runs is at work, where each takes so long."""
    length = 1
    while length < seconds:
        step = min(length, seconds - length)
        bits |= bits << step
        length += step
    return bits


def seconds_of(bits: int) -> Iterator[int]:
    """The seconds at which there is a run, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def first_moments(begin: datetime, bits: int, most: int) -> list[datetime]:
    return [begin + second * ONE_SECOND for second in islice(seconds_of(bits), most)]
