"""The gate: every message that leaves becomes a Job row first.

`delay`, `apply_async`, `send_task`, canvas, links, retries and `celery call` all end in
`send_task_message`; nothing reaches the broker by another way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django
from celery.app.amqp import AMQP
from django.apps import apps
from kombu.utils.objects import cached_property


class JobAMQP(AMQP):  # type: ignore[misc]
    def __init__(self, app: Any) -> None:
        # `celery call` never sets Django up, and finding a task's queue needs it before anything is sent.
        if not apps.ready:
            django.setup()
        super().__init__(app)

    @cached_property
    def send_task_message(self) -> Callable[..., None]:
        """Where Celery publishes: here the row is written, and the message leaves after commit."""
        from tasks_app.broker.outbox import record

        def send(producer: Any, name: str, message: Any, **options: Any) -> None:
            record(name, message, **options)

        return send

    @cached_property
    def send_to_broker(self) -> Callable[..., None]:
        """Celery's own sender, for publishing: straight to the broker."""
        sender: Callable[..., None] = self._create_task_sender()
        return sender
