"""Heartbeats: each worker and clock writes a row every ten seconds, so pages need not ask the broker."""

from __future__ import annotations

import logging
import os
import threading
from datetime import datetime
from typing import Any

import psutil
from celery import signals
from django.db import Error, connection
from django.utils import timezone

from projet import VERSION
from tasks_app.models import Node

logger = logging.getLogger(__name__)

EVERY = 10.0  # seconds


def beat(kind: str, name: str, now: datetime | None = None, **details: Any) -> None:
    """Write that this process is there; `details` is shown on the page of queues and workers."""
    now = now or timezone.now()
    process = psutil.Process()
    details |= {"pid": os.getpid(), "memory_mib": round(process.memory_info().rss / 2**20)}
    changes = {"kind": kind, "beat_at": now, "stopped_at": None, "version": VERSION, "details": details}
    started = datetime.fromtimestamp(process.create_time(), tz=timezone.get_current_timezone())
    Node.objects.update_or_create(name=name, defaults=changes | {"started_at": started})


def stopped(name: str) -> None:
    """The process says goodbye; one that cannot is noticed by its silence."""
    Node.objects.filter(name=name).update(stopped_at=timezone.now())


class _Pulse(threading.Thread):
    """Of a worker's main process."""

    def __init__(self, worker: Any) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.worker = worker
        self.over = threading.Event()

    def run(self) -> None:
        while True:
            try:
                beat(
                    Node.Kind.WORKER,
                    self.worker.hostname,
                    queues=sorted(self.worker.app.amqp.queues.consume_from),
                    concurrency=getattr(self.worker.pool, "num_processes", None) or 1,
                )
                if self.over.is_set():
                    stopped(self.worker.hostname)
                    return
            except Error as error:
                logger.warning("No heartbeat could be written: %s", error)
                if self.over.is_set():
                    return
            finally:
                connection.close()
            self.over.wait(EVERY)


_pulse: _Pulse | None = None


@signals.worker_ready.connect
def start_pulse(sender: Any, **kwargs: Any) -> None:
    global _pulse
    _pulse = _Pulse(sender.controller if hasattr(sender, "controller") else sender)
    _pulse.start()


@signals.worker_shutdown.connect
def stop_pulse(**kwargs: Any) -> None:
    if _pulse is not None:
        _pulse.over.set()
        _pulse.join(timeout=2)
