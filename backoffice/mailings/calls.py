"""Several calls to the mail service under way at once: threads that do nothing but the call.

Rows, pace, hold and the run's token are the one thread's that reads what these answer, so nothing of them is
shared. What a turn cannot wait for writes its own outcome when it comes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from django.utils import timezone

from backoffice.emails import causes
from backoffice.emails.errors import OutcomeUnknown, SendError
from backoffice.emails.transport import transport
from backoffice.mailings.claims import Claimed, Sent

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """One call: what was claimed for it, and what is handed over."""

    claimed: Claimed
    sender: str
    to: str
    mime: bytes


type Answer = Sent | tuple[Claimed, SendError]
type Write = Callable[[Collection[Answer]], object]


class Calls:
    """At most `size` at once, of one turn. It belongs to the thread that made it."""

    def __init__(self, size: int, write_late: Write) -> None:
        self.size = size
        self.under_way = 0
        self._name, self._send = transport()
        self._orders: SimpleQueue[Order | None] = SimpleQueue()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._write_late = write_late
        self._left = False
        self._lock = threading.Lock()
        self._threads = 0

    def start(self, order: Order) -> None:
        """Its message is committed as submitting, and a place is free."""
        self.under_way += 1
        if self._threads < min(self.under_way, self.size):
            self._threads += 1
            threading.Thread(target=self._work, name="mailing-call", daemon=True).start()
        self._orders.put(order)

    def answers(self, wait: float) -> list[Answer]:
        """What was answered since, after at most so many seconds."""
        found: list[Answer] = []
        try:
            found.append(self._answers.get(timeout=max(wait, 0.001)))
            while True:
                found.append(self._answers.get_nowait())
        except Empty:
            pass
        self.under_way -= len(found)
        return found

    def leave(self) -> list[Answer]:
        """The last answers; whatever comes later is written by the thread that hears it."""
        with self._lock:
            self._left = True
            last = self.answers(0) if self.under_way else []
        for _thread in range(self._threads):
            self._orders.put(None)
        return last

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            answer = self._ask(order)
            with self._lock:
                if not self._left:
                    self._answers.put(answer)
                    continue
            self._write_late([answer])

    def _ask(self, order: Order) -> Answer:
        try:
            provider_id = self._send(str(order.claimed.id), order.sender, order.to, order.mime)
        except SendError as error:
            return order.claimed, error
        except Exception:  # whatever it was, nobody knows how far the call came
            logger.exception("A call of a mailing broke")
            return order.claimed, OutcomeUnknown(causes.CUT_SHORT())
        return Sent(order.claimed, self._name, provider_id, timezone.now())
