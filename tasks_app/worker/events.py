"""Events for Flower and `celery events`: told once, or not at all."""

from __future__ import annotations

from typing import Any

from celery.app.events import Events
from celery.events.dispatcher import EventDispatcher


class JobEvents(Events):  # type: ignore[misc]
    dispatcher_cls = "tasks_app.worker.events:JobEventDispatcher"


class JobEventDispatcher(EventDispatcher):  # type: ignore[misc]
    """Celery sends a worker's heartbeat again and again, inside the event loop, until the broker is back: the
    worker hears of no signal meanwhile, and could not be told to stop. Nobody listens without a broker."""

    def send(self, type: str, **fields: Any) -> Any:
        return super().send(type, **fields | {"retry": False})
