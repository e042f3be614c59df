"""Counting each job once, though the database's time was set back and an hour comes a second time.

What ended in that hour the first time is counted already, and is read again among what ends in it now. How
many those are is remembered, and as many are left out: a counter of Prometheus may not go back. What ended
between the change and the first look after it, ten seconds at most, is in no count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tasks_app.models import Job, TallyProgress
from tasks_app.monitor.ended_sums import BOUNDS, Key, Sum, summed


@dataclass
class Counted:
    """Up to when jobs are counted; and which of those that end later are counted too, up to when."""

    until: datetime
    ahead: dict[Key, Sum] = field(default_factory=dict)
    ahead_until: datetime | None = None

    @classmethod
    def of(cls, progress: TallyProgress) -> Counted:
        kept: dict[str, Any] = progress.counted_ahead or {}
        ahead = {
            (kind, outcome): Sum(seconds, buckets)
            for kind, outcome, seconds, buckets in kept.get("sums", [])
            if len(buckets) == len(BOUNDS) + 1  # of those that hold now
        }
        return cls(progress.until, ahead, datetime.fromisoformat(kept["until"]) if kept else None)

    def keep(self, progress: TallyProgress) -> None:
        sums = [[*key, one.seconds, one.buckets] for key, one in self.ahead.items() if one.count]
        until = self.ahead_until and self.ahead_until.isoformat()
        kept = {"until": until, "sums": sums} if sums else None
        if (self.until, kept) != (progress.until, progress.counted_ahead):
            TallyProgress.objects.update(until=self.until, counted_ahead=kept)

    def begin_at(self, now: datetime) -> None:
        """Go back to this moment where the time did."""
        if self.until <= now:
            return
        for key, found in summed(Job.objects.filter(ended_at__gt=now, ended_at__lte=self.until)).items():
            self.ahead.setdefault(key, Sum()).join(found)
        self.ahead_until = max(self.until, self.ahead_until or self.until)
        self.until = now

    def not_yet(self, found: Mapping[Key, Sum], until: datetime) -> dict[Key, Sum]:
        """Of what ended up to this moment, what is not counted yet."""
        for key, one in found.items():
            one.take(self.ahead.get(key, Sum()))
        if self.ahead_until and until >= self.ahead_until:
            self.ahead, self.ahead_until = {}, None
        self.until = until
        return {key: one for key, one in found.items() if one.count}
