"""Jobs that do what those of tests.engine.jobs do not: all that Celery lets a body ask for."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.exceptions import Reject


@shared_task(bind=True)
def say_how_far(self: Any) -> None:
    self.update_state(state="PROGRESS", meta={"done": 1})


@shared_task(bind=True)
def refuse(self: Any) -> None:
    raise Reject("not here")
