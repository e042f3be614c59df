"""Whose clock says the time: a zone is named only to readers who could take a moment for another one.

A request says where its reader is (projet/reader_zone.py). What is printed or stored is read by anybody, and
always names the zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

# A zone is at most a day away from UTC: between these every moment can be said in each.
FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)

_reader: ContextVar[tzinfo | None] = ContextVar("zone of the reader", default=None)


@contextmanager
def read_in(zone: tzinfo | None) -> Iterator[None]:
    """What is said now is read by somebody whose clock has this zone; None: by anybody."""
    token = _reader.set(zone)
    try:
        yield
    finally:
        _reader.reset(token)


def is_named(local: datetime) -> bool:
    """Whether a moment needs its zone: its reader's clock says another time then, or its hour comes twice."""
    reader = _reader.get()
    if reader is None:
        return True
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return True
    try:
        return local.astimezone(reader).utcoffset() != local.utcoffset()
    except OverflowError:  # the end of the calendar, which no other zone has
        return False


def is_zone_named(name: str) -> bool:
    """Whether a rhythm needs its zone: it is another than the page's, or its reader's clock is."""
    now = timezone.localtime()
    return name != timezone.get_current_timezone_name() or is_named(now)


def known(name: str) -> tzinfo | None:
    """The zone of that name; None where there is none."""
    return ZoneInfo(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def aware(moment: datetime) -> datetime:
    """The moment, local where it has no offset; or the nearest to it that can be said in every zone."""
    plain = moment.replace(tzinfo=UTC)
    if not FIRST <= plain <= LAST:
        return min(max(plain, FIRST), LAST)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
