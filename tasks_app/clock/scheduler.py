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

from tasks_app.alerts import watching
from tasks_app.clock import standstill, watchdog
from tasks_app.clock.steps import Steps
from tasks_app.clock.tick import tick
from tasks_app.clock.time_mending import mend, mend_jobs, somebody_is_ahead
from tasks_app.clock.time_watch import Look, TimeWatch
from tasks_app.failures import counting
from tasks_app.models import Node
from tasks_app.monitor import counters, heartbeat, hourly_counts
from tasks_app.schedules import seeds
from tasks_app.schedules.watching import look_after_schedules
from tasks_app.search import filling

logger = logging.getLogger(__name__)

PERIOD = 1.0  # seconds from one look to the next
HEALTH_EVERY = 60.0  # seconds from one look at promises and troubles of schedules to the next


class ClockScheduler(Scheduler):  # type: ignore[misc]  # celery.beat has no stubs
    """Beat's own schedule stays empty: what is due is asked of the database at every tick.

    While the database does not answer it says so once, and looks again every second. The time is the
    database's, which all clocks share, whatever their hosts' clocks say.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.name = f"clock@{socket.gethostname()}-{os.getpid()}"  # two on one machine are two nodes
        self.started = self.told_ready = self.seeded = False
        self.outage = False
        self.ticking = False
        self.beat_due = self.search_due = self.health_due = 0.0  # monotonic seconds
        self.time = TimeWatch()
        self.mending_due = True  # what happened to the time before it started, nobody knows
        self.jumped: dict[str, Any] = {}  # the database's time, as in a host's facts
        self.failed: dict[str, str] = {}  # of the last look, as in TickReport
        self.alerts_failed: dict[str, str] = {}  # of the last that looked at the rules of alerts
        self.search_failed: dict[str, str] = {}  # of the last that filled the search
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
        standstill.goes_on()
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
        steps = Steps()
        if not self.seeded:
            with steps.step("seeds"):
                seeds.seed()
                self.seeded = True
        look = self.time.look()
        if look.jump:
            self._note_jump(look)
        if self.outage or look.jump:
            self.be_lenient()
        if self.mending_due:
            with steps.step("time"):
                mend(look.now, standstill.goes_on)
                self.mending_due = False
        strict = time.monotonic() > self.lenient_until
        report = tick(look.now, starting=not self.started, leases=strict, after_batch=standstill.goes_on)
        self.started = self.started or report.synced is not None
        if self.outage:
            self.outage = False
            logger.warning("The database answers again; what was due meanwhile is being made up for.")
        if report.jobs or report.passed_over:
            logger.info("%d jobs made, %d times passed over", report.jobs, report.passed_over)
        self._fill_search(look)
        self._beat(look, steps.failed | report.failed | self.search_failed | self.alerts_failed)

    def _note_jump(self, look: Look) -> None:
        seconds = look.jump.total_seconds()
        logger.warning("The database's time jumped by %+.0f s.", seconds)
        self.jumped = {"at": look.now.isoformat(), "seconds": round(seconds)}
        self.mending_due = True
        self.beat_due = 0.0

    def _beat(self, look: Look, failed: dict[str, str]) -> None:
        """Every ten seconds, and as soon as something else fails than before: the look came to its end."""
        if failed != self.failed:
            self.failed, self.beat_due = failed, 0.0
        if time.monotonic() < self.beat_due:
            return
        steps = Steps()
        with steps.step("counts"):
            counters.count_ended(look.now)
            hourly_counts.count_hours(look.now)
        with steps.step("failures"):
            counting.count(look.now)
        with steps.step("time"):
            if somebody_is_ahead(look.now):
                mend_jobs(look.now)
        facts: dict[str, Any] = {
            "ticked_at": look.now.isoformat(),
            "failed": failed | steps.failed,
            "database_jump": self.jumped,
        }
        heartbeat.beat(Node.Kind.CLOCK, self.name, **facts)
        self._watch(look)
        self.beat_due = time.monotonic() + heartbeat.EVERY

    def _watch(self, look: Look) -> None:
        """After its sign of life: a clock that looks is there."""
        steps = Steps()
        with steps.step("alerts"):
            watching.look(look.now)
        if time.monotonic() >= self.health_due:
            with steps.step("health"):
                look_after_schedules(look.now, standstill.goes_on, starting=not self.health_due)
                self.health_due = time.monotonic() + HEALTH_EVERY
        self.alerts_failed = steps.failed

    def _fill_search(self, look: Look) -> None:
        """Every few seconds, and at each look where it has more to do than one may take."""
        if time.monotonic() < self.search_due:
            return
        steps, more = Steps(), False
        with steps.step("search"):
            more = filling.fill(look.now)
        self.search_failed = steps.failed
        if not more and not steps.failed:
            self.search_due = time.monotonic() + filling.EVERY

    def be_lenient(self) -> None:
        self.lenient_until = time.monotonic() + settings.JOB_LEASE.total_seconds() / 2

    def _database_is_away(self, error: DatabaseError) -> None:
        connections.close_all()
        if not self.outage:
            self.outage = True
            logger.error("The database does not answer (%s). The clock looks again every second.", error)
