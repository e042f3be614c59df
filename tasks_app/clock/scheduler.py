"""`celery -A projet beat`: beat's process and signals around `clock.tick`, once a second."""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import Any

from celery.beat import Scheduler
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from django.utils import timezone

from tasks_app.clock import watchdog
from tasks_app.clock.tick import tick
from tasks_app.models import Node
from tasks_app.monitor import counters, heartbeat, hourly_counts
from tasks_app.schedules import seeds

logger = logging.getLogger(__name__)

PERIOD = 1.0  # seconds from one look to the next


class ClockScheduler(Scheduler):  # type: ignore[misc]  # celery.beat has no stubs
    """Beat's own schedule stays empty: what is due is asked of the database at every tick.

    While the database does not answer it says so once, and looks again every second.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.name = f"clock@{socket.gethostname()}-{os.getpid()}"  # two on one machine are two nodes
        self.started = self.told_ready = False
        self.outage = False
        self.ticking = False
        self.beat_due = 0.0  # monotonic seconds
        # Until then workers renew the leases that they could not while the database was away (each at the
        # next quarter of its lease), and none is given up. A clock that starts does not know of an outage.
        self.be_lenient()
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Nothing to hold: settings and fixtures seed the tables at the first tick."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One look; returns the seconds until the next."""
        began = time.monotonic()
        self.ticking = True
        if not self.told_ready:
            self.told_ready = True
            watchdog.tell(watchdog.READY)
        try:
            close_old_connections()
            self._look()
        except DatabaseError as error:
            self._database_is_away(error)
        finally:
            self.ticking = False
        watchdog.tell(watchdog.FED)
        return max(PERIOD - (time.monotonic() - began), 0.01)

    def close(self) -> None:
        """Say goodbye. Beat calls it from its signal handler, and again once the tick has unwound."""
        super().close()
        if self.ticking:  # a statement may be under way on the connection
            return
        try:
            heartbeat.stopped(self.name)
        except DatabaseError as error:
            logger.warning("The clock could not note its end: %s", error)
        connections.close_all()

    @property
    def info(self) -> str:
        return "    . what is due is asked of the database every second"

    def _look(self) -> None:
        if not self.started:
            seeds.seed()
        if self.outage:
            self.be_lenient()
        strict = time.monotonic() > self.lenient_until
        report = tick(timezone.now(), starting=not self.started, leases=strict)
        self.started = self.started or report.synced is not None
        if self.outage:
            self.outage = False
            logger.warning("The database answers again; what was due meanwhile is being made up for.")
        if report.jobs or report.passed_over:
            logger.info("%d jobs made, %d times passed over", report.jobs, report.passed_over)
        if time.monotonic() >= self.beat_due:
            heartbeat.beat(Node.Kind.CLOCK, self.name)
            counters.count_ended(timezone.now())
            hourly_counts.count_hours(timezone.now())
            self.beat_due = time.monotonic() + heartbeat.EVERY

    def be_lenient(self) -> None:
        self.lenient_until = time.monotonic() + settings.JOB_LEASE.total_seconds() / 2

    def _database_is_away(self, error: DatabaseError) -> None:
        connections.close_all()
        if not self.outage:
            self.outage = True
            logger.error("The database does not answer (%s). The clock looks again every second.", error)
