"""How long a recovery may take, in seconds: what docs/reliability.md states, put together by each scenario.

These are the waits that the engine declares, and no measure of its speed: a loaded machine's share is BUSY.
"""

from __future__ import annotations

from tasks_app.missing import SUSPECT_AFTER
from tasks_app.recovery import DEATH_PAUSE, PUBLISHER_HEADSTART

TICK = 1.0
PUBLISHED = PUBLISHER_HEADSTART.total_seconds() + TICK  # by the clock: what nobody else published
SHORT_LEASE = 3.0  # seconds; most scenarios do not wait for a lease, these do
LEASE_LOST = SHORT_LEASE + TICK
AFTER_A_DEATH = DEATH_PAUSE.total_seconds() + PUBLISHED
EMPTIED = 2 * TICK + PUBLISHED  # the clock looks at once, and again for what was published just before
PASSED_OVER = SUSPECT_AFTER.total_seconds() + TICK + PUBLISHED
SOFT_SHUTDOWN = 2.0
# Added to each: two cores that others use too start processes and run what waits.
BUSY = 20.0
