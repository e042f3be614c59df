"""The time that all hosts share: the database's, whatever a host's own clock says.

Whatever one host writes and another compares (leases, when a job is due, heartbeats) is in this time. A
process learns by `measure` how far its host is ahead; between two measurements a clock that is set to
another time is told by the seconds that passed since the machine began, which nobody sets. On SQLite
there is one host, and this is its time as it is now.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import Error, connection
from django.utils import timezone

logger = logging.getLogger(__name__)

# The database's own clock, in seconds since 1970.
DATABASE_NOW = {
    "postgresql": "SELECT EXTRACT(EPOCH FROM clock_timestamp())",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
}
# Hosts that agree within this are left as they are: an answer of the database takes its time too.
TOLERANCE = 0.25  # seconds
# Beyond this a host's clock was set, not corrected: NTP steps by less, and slews.
JUMP = 2.0  # seconds
MEASURE_EVERY = 10.0  # seconds


@dataclass
class Jump:
    """A host's clock that was set while this process ran."""

    at: datetime  # shared time
    seconds: float  # forward; backward below 0


class _Host:
    """What this process knows of its host's clock."""

    ahead = 0.0  # seconds before the database's, when it was measured
    reference: float | None = None  # the host's time less what passed since it began, then; None: never yet
    noticed = 0.0  # the same at the last look
    measured_at = 0.0  # of `elapsed`
    jump: Jump | None = None  # the last one


def now() -> datetime:
    """The present moment as all hosts have it; asks nobody. Where nobody measured, the host's own."""
    wall = timezone.now()
    ahead = _ahead(wall)
    return wall - timedelta(seconds=ahead) if ahead else wall


def measure() -> float:
    """Ask the database, and remember how many seconds this host is ahead of it."""
    before = elapsed()
    database = database_now()
    wall, took = timezone.now(), elapsed() - before
    _ahead(wall)  # notes a jump since the last look
    ahead = (wall - database).total_seconds() - took / 2
    # An answer that was long on its way says no more than that.
    _Host.ahead = ahead if abs(ahead) > max(TOLERANCE, took / 2) else 0.0
    _Host.reference = _Host.noticed = _reference(wall)
    _Host.measured_at = elapsed()
    return ahead


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(DATABASE_NOW[connection.vendor])
        [seconds] = cursor.fetchone()
    return datetime.fromtimestamp(float(seconds), UTC)


def measure_now_and_then() -> None:
    """Where nobody did so just now, as in a process without a heartbeat."""
    if _Host.reference is None or elapsed() - _Host.measured_at >= MEASURE_EVERY:
        measure()


def measured_now() -> datetime:
    """As `now`, in a process that has no heartbeat: the database is asked, where it answers."""
    with suppress(Error):
        measure()
    return now()


def last_jump() -> Jump | None:
    """When this host's clock was last seen to be set."""
    return _Host.jump


def forget() -> None:
    """As in a process that has just begun."""
    _Host.ahead, _Host.reference, _Host.noticed, _Host.jump = 0.0, None, 0.0, None


def elapsed() -> float:
    """Seconds since the machine began, those that it slept included where the system counts them."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def _reference(wall: datetime) -> float:
    return wall.timestamp() - elapsed()


def _ahead(wall: datetime) -> float:
    """How many seconds `wall`, this host's time, is ahead of the shared one."""
    if _Host.reference is None:
        return 0.0
    reference = _reference(wall)
    since = reference - _Host.reference
    ahead = _Host.ahead + (since if abs(since) >= TOLERANCE else 0.0)
    if abs(moved := reference - _Host.noticed) >= JUMP:
        _Host.noticed = reference
        _Host.jump = Jump(wall - timedelta(seconds=ahead), moved)
        logger.warning("The clock of this host was set %+.0f s; the database's time is what counts.", moved)
    return ahead if abs(ahead) >= TOLERANCE else 0.0
