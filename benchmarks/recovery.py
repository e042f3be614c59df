"""A broker that forgets everything: how long until every waiting job has its message again."""

from __future__ import annotations

import time

from django.conf import settings
from django.utils import timezone
from redis import Redis

from benchmarks import ours
from tasks_app.clock import tick
from tasks_app.recovery import PUBLISHER_HEADSTART

JOBS = 10_000


def main() -> None:
    ours.bulk(JOBS)
    redis = Redis.from_url(settings.CELERY_BROKER_URL)
    tick(timezone.now(), starting=True)
    assert redis.llen("default") == JOBS
    time.sleep(PUBLISHER_HEADSTART.total_seconds())  # what was published just now is not looked for
    redis.flushall()
    started = time.perf_counter()
    ticks = 0
    while redis.llen("default") < JOBS:
        tick(timezone.now())
        ticks += 1
    took = time.perf_counter() - started
    print(f"  {JOBS:,} jobs in {ticks} ticks and {took:.1f} s ({JOBS / took:,.0f} a second)")


main()
