"""Reports of a past, each with a file that can be downloaded, and who took it.

Making a document takes seconds, so one is really made for each type, format and language; the reports of a
past are copies of it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.contrib.auth.models import User
from django.utils import translation

from backoffice import storage
from backoffice.history import mishaps
from backoffice.history.jobs import Life, NotYet, Outcome, Registry, uuid_of
from backoffice.history.tables import Table
from backoffice.models import Download, Report
from backoffice.reports import making

FATES = {"made": 930, "storage": 15, "time_limit": 15, "worker_lost": 15, "cancelled": 20}
ORDERS: tuple[dict[str, str], ...] = (
    {"type": "overview", "format": "pdf"},
    {"type": "activity", "format": "pdf", "period": "last_week"},
    {"type": "activity", "format": "csv", "period": "yesterday"},
    {"type": "emails", "format": "pdf", "period": "yesterday"},
    {"type": "emails", "format": "csv", "period": "last_week"},
)
LANGUAGES = ("en", "fr")


@dataclass
class ReportTables:
    reports: Table = field(default_factory=lambda: Table(Report))
    downloads: Table = field(default_factory=lambda: Table(Download))

    def all(self) -> list[Table]:
        return [self.reports, self.downloads]


@dataclass(frozen=True)
class _Pattern:
    """A report that was really made: its row and its bytes."""

    row: Report
    content: bytes


class Documents:
    """Lives the job of a report, and keeps its file."""

    def __init__(self, registry: Registry, tables: ReportTables, readers: list[User]) -> None:
        self.chance: random.Random = registry.chance
        self.registry, self.tables, self.readers = registry, tables, readers
        self._patterns: dict[tuple[Any, ...], _Pattern] = {}

    def order(self) -> dict[str, str]:
        """What somebody may ask for."""
        return self.chance.choice(ORDERS) | {"language": self.chance.choice(LANGUAGES)}

    def live(self, life: Life, *, again: bool = False) -> None:
        fate = "made" if again else self.chance.choices(list(FATES), weights=list(FATES.values()))[0]
        try:
            result = self._go(life, fate)
        except NotYet:
            result = None
        self.registry.write_down(life, result)

    def _go(self, life: Life, fate: str) -> dict[str, str] | None:
        life.claim(self.chance.lognormvariate(-0.5, 1.0))
        if fate == "cancelled":
            life.work(self.chance.uniform(1, 20))
            life.cancel()
            return None
        if fate == "worker_lost":
            life.work(self.chance.uniform(1, 5))
            life.lose(mishaps.worker_lost())
            life.claim(5 + self.chance.random())
        life.work(600 if fate == "time_limit" else self.chance.lognormvariate(0.9, 0.6))
        if fate == "storage":
            life.fail(mishaps.storage_full)
        elif fate == "time_limit":
            life.fail(mishaps.time_limit, Outcome.TIMED_OUT)
        else:
            return self._made(life)
        return None

    def _made(self, life: Life) -> dict[str, str]:
        life.succeed()
        given = dict(life.arguments)
        pattern = self._pattern(given, life)
        identity, made_at = uuid_of(self.chance), life.now
        kept = storage.keep(BytesIO(pattern.content), storage.name_for(identity, made_at, pattern.row.format))
        columns = {one.attname: getattr(pattern.row, one.attname) for one in self.tables.reports.fields}
        self.tables.reports.add(
            **columns
            | {
                "id": identity,
                "file": kept.name,
                "size": kept.size,
                "sha256": kept.sha256,
                "job_id": life.id,
                "created_by_id": life.row["created_by_id"],
                "created_at": made_at,
            }
        )
        self._downloads(identity, made_at, life.until)
        return {"status": "ok", "report": str(identity), "file": kept.name, "sha256": kept.sha256}

    def _pattern(self, given: dict[str, Any], life: Life) -> _Pattern:
        shape = (given["type"], given.get("format"), given.get("language"), given.get("period"))
        if shape not in self._patterns:
            with translation.override(given.get("language", "en")):
                made = making.make(
                    given["type"], {k: v for k, v in given.items() if k != "type"}, moment=life.now
                )
            self._patterns[shape] = _Pattern(made.report, storage.read(made.report.file))
            storage.discard(made.report.file)
        return self._patterns[shape]

    def _downloads(self, report: Any, made_at: datetime, until: datetime) -> None:
        for _time in range(self.chance.choice((0, 1, 1, 1, 2, 4))):
            at = made_at + timedelta(minutes=self.chance.expovariate(1 / 90))
            if at <= until:
                self.tables.downloads.add(
                    report_id=report,
                    user_id=self.chance.choice(self.readers).pk,
                    at=at,
                    address="192.0.2.%d" % self.chance.randint(1, 200),  # noqa: UP031
                    preview=self.chance.random() < 0.5,
                )
