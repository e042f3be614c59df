"""Beat, without its banner where lines are JSON."""

from __future__ import annotations

from typing import Any

from celery.apps.beat import Beat
from django.conf import settings


class QuietBeat(Beat):  # type: ignore[misc]  # Celery is not typed
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quiet: bool = self.quiet or settings.LOG_FORMAT == "json"
