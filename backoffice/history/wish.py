"""What kind of past is to be made, and what its seed decides."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Wish:
    days: int
    jobs: int
    seed: int
    until: datetime

    @property
    def first(self) -> datetime:
        return self.until - timedelta(days=self.days)

    def seed_of(self, what: object) -> str:
        """Of one part of this past: it is the same whoever makes it, and after whatever else."""
        return f"{self.seed} {self.until.isoformat()} {what}"

    def chance_of(self, what: object) -> random.Random:
        return random.Random(self.seed_of(what))  # noqa: S311
