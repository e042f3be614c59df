"""What the cleanup would have left of a past at its end, by the retention of this installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings


@dataclass(frozen=True)
class Kept:
    """From which moment on each sort is still there."""

    jobs: datetime
    results: datetime
    log_lines: datetime
    message_bodies: datetime
    reports: datetime
    audit: datetime

    @classmethod
    def at(cls, end: datetime) -> Kept:
        days = settings.RETENTION_DAYS
        return cls(**{name: end - timedelta(days=days[name]) for name in cls.__annotations__})
