"""A job that only the next version has, and a worker of this version that asks again soon for one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task

from tasks_app.worker import result_backend

result_backend.UNREGISTERED_PAUSE = timedelta(seconds=1)


def learn() -> None:
    """What the next version knows."""

    @shared_task(bind=True, name="tests.growing.of_the_next_version")
    def of_the_next_version(self: Any) -> str:
        return "done by the new"
