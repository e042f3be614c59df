"""A broker that forgets everything: how long until every waiting job has its message again.

The clock has just looked when it happens, and keeps its own rhythm.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.utils import timezone
from redis import Redis

from benchmarks import floors, ours
from tasks_app.clock import tick
from tasks_app.clock.recovery import PUBLISHER_HEADSTART
from tasks_app.clock.scheduler import PERIOD

JOBS = 10_000
IN_TIME = 15  # seconds


def main() -> None:
    ours.bulk(JOBS)
    redis = Redis.from_url(settings.CELERY_BROKER_URL)
    tick(timezone.now(), starting=True)
    assert redis.llen("default") == JOBS
    time.sleep(PUBLISHER_HEADSTART.total_seconds())  # what was published just now is not looked for
    redis.flushall()
    started = time.perf_counter()
    ticks, busy, last = 0, 0.0, 0.0
    while redis.llen("default") < JOBS:
        time.sleep(max(PERIOD - last, 0))
        began = time.perf_counter()
        tick(timezone.now())
        last = time.perf_counter() - began
        ticks, busy = ticks + 1, busy + last
    took = time.perf_counter() - started
    print(f"  {JOBS:,} jobs whole again after {took:.1f} s, of which {ticks} ticks were busy {busy:.1f} s")
    floors.hold("seconds until what a broker forgot is whole again", took, at_most=IN_TIME)
    floors.end()


main()
