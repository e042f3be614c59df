"""A worker that is asked to finish and stop: it takes no other job, ends those that it has, and then itself.

It is asked by a column of its row (`tasks_app/control/workers.py`), not by Celery's remote control: that is
lost where Redis is away or nobody listens at that moment, and nobody could see it, or take it back.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Any

from celery import signals
from celery.platforms import EX_OK
from celery.worker import state as worker_state
from django.db import Error, connection

from tasks_app.db import shared_time
from tasks_app.db.forks import apart_from_forks
from tasks_app.models import Node

logger = logging.getLogger(__name__)

EVERY = 5.0  # seconds


class Finishing:
    """Of one worker's main process. Its thread asks the database; its event loop does what follows."""

    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer
        self.began_at = shared_time.now()
        self.left: list[str] = []  # the queues that it took from

    # --- in the thread --------------------------------------------------------------------------

    def watch(self) -> None:
        over = threading.Event()
        while True:
            with apart_from_forks():
                self.ask()
            over.wait(EVERY)

    def ask(self) -> None:
        try:
            asked = self.is_asked()
            self.consumer.hub.call_soon(self.take_word, asked)
        except Error as error:
            logger.warning("Whether this worker should finish cannot be read: %s", error)
        finally:
            connection.close()

    def is_asked(self) -> bool:
        """What was asked of an earlier process of this name is done with."""
        row = Node.objects.filter(pk=self.consumer.hostname)
        row.filter(finish_asked_at__lt=self.began_at).update(
            finish_asked_at=None, finish_asked_by=None, finish_reason=""
        )
        asked: datetime | None = row.values_list("finish_asked_at", flat=True).first()
        return asked is not None

    # --- in the event loop ------------------------------------------------------------------------

    def take_word(self, asked: bool) -> None:
        if asked and not self.left:
            self._take_no_more()
        elif self.left and not asked:
            self._take_again()
        if self.left and not worker_state.reserved_requests:
            logger.info("This worker has finished what it had, and stops as it was asked to.")
            worker_state.should_stop = EX_OK

    def _take_no_more(self) -> None:
        logger.info("Asked to finish: this worker takes no other job.")
        self.left = sorted(self.consumer.app.amqp.queues.consume_from)
        for queue in self.left:
            if self.consumer.task_consumer is None:  # the broker is away: there is nothing to cancel
                self.consumer.app.amqp.queues.deselect(queue)
            else:
                self.consumer.cancel_task_queue(queue)

    def _take_again(self) -> None:
        logger.info("This worker goes on: nobody asks it to finish any more.")
        queues, self.left = self.left, []
        for queue in queues:
            if self.consumer.task_consumer is None:
                self.consumer.app.amqp.queues.select_add(queue)
            else:
                self.consumer.add_task_queue(queue)


@signals.worker_ready.connect
def listen(sender: Any, **_: Any) -> None:
    """Only a worker with an event loop can; `monitor/heartbeat.py` says so of it."""
    if getattr(sender, "hub", None) is None:
        return
    threading.Thread(target=Finishing(sender).watch, name="finishing", daemon=True).start()
