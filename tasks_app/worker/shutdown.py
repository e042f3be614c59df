"""A worker's shutdown, begun between two steps of its event loop and never in the middle of one.

Celery does the whole of a soft shutdown inside its signal handler: it sleeps, cancels, and joins the pool on
top of whatever line the signal interrupted. When that line had just given a job to the pool, or was about to
kill one that outlived its time limit, the join waits for what only that line would have done, and the worker
stands still until its manager kills it. So the signal only leaves word, and the event loop calls the handler.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import signals

from tasks_app.worker import stopping

logger = logging.getLogger(__name__)

# Without a running event loop (the broker is away) nobody takes the word: then as Celery does it.
PATIENCE = 3.0  # seconds


class CleanStop:
    """In place of Celery's handler of one signal. It takes no lock: it may interrupt whoever holds one."""

    def __init__(self, number: int, hub: Any, handler: Callable[..., Any]) -> None:
        self.number, self.hub, self.handler = number, hub, handler
        self.pid = os.getpid()  # pool processes inherit handlers, and have no event loop
        self.asked = self.begun = False
        self.ear, self.mouth = os.pipe()
        threading.Thread(target=self._pass_on, name="clean-stop", daemon=True).start()

    def __call__(self, *args: Any) -> None:
        """The signal came. A second one, or the reminder of `_pass_on`, does not wait."""
        if self.asked or self.pid != os.getpid():
            self._begin(*args)
            return
        self.asked = True
        stopping.say()
        os.write(self.mouth, b"!")

    def _begin(self, *args: Any) -> None:
        if not self.begun:
            self.begun = True
            self.handler(*args)

    def _pass_on(self) -> None:
        os.read(self.ear, 1)
        logger.info("Told to stop: it begins after the step that the event loop is at.")
        self.hub.call_soon(self._begin, self.number, None)
        deadline = time.monotonic() + PATIENCE
        while not self.begun:
            if time.monotonic() > deadline:
                os.kill(os.getpid(), self.number)
                return
            time.sleep(0.05)


@signals.worker_ready.connect
def stop_cleanly(sender: Any, **_: Any) -> None:
    """Celery's handlers are installed by now; only a worker with an event loop needs others."""
    hub = getattr(sender, "hub", None)
    if hub is None:
        return
    for number in (signal.SIGTERM, signal.SIGQUIT):
        handler = signal.getsignal(number)
        if callable(handler):
            signal.signal(number, CleanStop(number, hub, handler))
