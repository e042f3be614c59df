"""How long a recovery may take, in seconds: what docs/reliability.md states, put together by each scenario.

Numbers of that page and not the engine's own constants: who makes the engine wait longer has to change both.
They bound its waits and not its speed; a loaded machine's share is BUSY, or more where the machine is slow.
"""

from __future__ import annotations

TICK = 1.0
PUBLISHED = 1.0 + TICK  # by the clock: what nobody else published after its headstart
SHORT_LEASE = 3.0  # most scenarios do not wait for a lease; these do
LEASE_LOST = SHORT_LEASE + TICK
AFTER_A_DEATH = 5.0 + PUBLISHED  # the first; what kills workers waits a little
EMPTIED = 3.0 + TICK  # the clock looks at once, and again for what was published just before
PASSED_OVER = 30.0 + TICK + PUBLISHED
SOFT_SHUTDOWN = 2.0
# Added to each: two cores that others use too start processes and run what waits. A slower machine has
# so many times what it took to start the processes of the scenario.
BUSY = 20.0
STARTS = 3.0
