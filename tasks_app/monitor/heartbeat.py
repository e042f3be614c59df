"""Heartbeats: each worker, clock and web process writes a row every ten seconds: no page asks the broker."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psutil
from celery import signals
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from tasks_app.db import shared_time
from tasks_app.db.forks import apart_from_forks
from tasks_app.models import Node

logger = logging.getLogger(__name__)

EVERY = 10.0  # seconds
# That a host's clock was set is told for so long.
JUMP_TOLD_FOR = timedelta(hours=1)


def beat(kind: str, name: str, now: datetime | None = None, **details: Any) -> None:
    """Write that this process is there; `details` is shown on the page of queues and workers."""
    facts = host_facts()
    # In the database's time: a host with a wrong clock is told by its clock, not taken for silent.
    now = now or shared_time.now()
    process = psutil.Process()
    details |= {"pid": os.getpid(), "memory_mib": round(process.memory_info().rss / 2**20)} | facts
    changes = {
        "kind": kind,
        "beat_at": now,
        "stopped_at": None,
        "version": settings.VERSION,
        "details": details,
    }
    started = datetime.fromtimestamp(process.create_time(), tz=timezone.get_current_timezone())
    Node.objects.update_or_create(name=name, defaults=changes | {"started_at": started})


def host_facts() -> dict[str, Any]:
    """What is to be alike on all hosts, and how much room is left: see tasks_app/monitor/health/hosts.py."""
    ahead = shared_time.measure()
    utc_offset = timezone.localtime().utcoffset() or timedelta()
    return {
        "clock_ahead_ms": round(ahead * 1000),
        "clock_jump": _jump(),
        "time_zone": settings.TIME_ZONE,
        "utc_offset_minutes": int(utc_offset.total_seconds() // 60),
        "disk_free_mib": _room(),
    }


def _jump() -> dict[str, Any]:
    """That this host's clock was set lately: {"at": …, "seconds": …}."""
    jump = shared_time.last_jump()
    if jump is None or shared_time.now() - jump.at > JUMP_TOLD_FOR:
        return {}
    return {"at": jump.at.isoformat(), "seconds": round(jump.seconds)}


def _room() -> int | None:
    """MiB left for data; None where the folder cannot be asked: a heartbeat must not fail for it."""
    try:
        return shutil.disk_usage(settings.DATA_DIR).free // 2**20
    except OSError:
        return None


def stopped(name: str) -> None:
    """The process says goodbye; one that cannot is noticed by its silence."""
    Node.objects.filter(name=name).update(stopped_at=shared_time.now())


# What else web and workers look at after each of their heartbeats: functions of the database's time.
after_beat: list[Callable[[datetime], object]] = []


class _Pulse(threading.Thread):
    """Beats beside the work of a worker's main process, or of a web process."""

    def __init__(self, kind: Node.Kind, name: str, details: Callable[[], dict[str, Any]] = dict) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.kind, self.node, self.details = kind, name, details
        self.over = threading.Event()

    def run(self) -> None:
        while True:
            over = self.over.is_set()
            with apart_from_forks():
                self._beat(over)
            if over:
                return
            self.over.wait(EVERY)

    def _beat(self, over: bool) -> None:
        try:
            beat(self.kind, self.node, **self.details())
            if over:
                stopped(self.node)
            else:
                self._look_around()
        except Error as error:
            logger.warning("No heartbeat could be written: %s", error)
        finally:
            connection.close()

    def _look_around(self) -> None:
        """What goes wrong there must not be taken for silence."""
        for look in after_beat:
            try:
                look(shared_time.now())
            except Exception:
                logger.exception("A look after a heartbeat failed.")


_pulse: _Pulse | None = None


@signals.worker_ready.connect
def start_pulse(sender: Any, **kwargs: Any) -> None:
    worker = sender.controller if hasattr(sender, "controller") else sender

    def details() -> dict[str, Any]:
        return {
            "queues": sorted(worker.app.amqp.queues.consume_from),
            "concurrency": getattr(worker.pool, "num_processes", None) or 1,
            # That it ends when it is asked to: see worker/finishing.py.
            "finishes": getattr(sender, "hub", None) is not None,
        }

    _start(_Pulse(Node.Kind.WORKER, worker.hostname, details))


def start_web_pulse() -> None:
    """Called by gunicorn (gunicorn.conf.py) in each of its processes, which are a node each."""
    _start(_Pulse(Node.Kind.WEB, f"web@{socket.gethostname()}-{os.getpid()}"))


def _start(pulse: _Pulse) -> None:
    global _pulse
    _pulse = pulse
    pulse.start()


@signals.worker_shutdown.connect
def stop_pulse(**kwargs: Any) -> None:
    if _pulse is not None:
        _pulse.over.set()
        _pulse.join(timeout=2)
