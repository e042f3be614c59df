"""Reports of a past, each with a file that can be downloaded, and who took it.

Making a document takes a moment, so one is really made for each type, format, language and days that it is
about; other orders of the same have a copy. Of a long past the newest are made, and older ones copied.
"""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone, translation

from backoffice import storage
from backoffice.history import mishaps
from backoffice.history.chances import Draw, uuid_of
from backoffice.history.jobs import Registry
from backoffice.history.life import Life, NotYet, Outcome
from backoffice.history.tables import Json, Table
from backoffice.models import Download, Report
from backoffice.reports import making
from backoffice.reports.periods import Moving
from backoffice.reports.snapshots.taking import Taken
from tasks_app.models import State

FATE = Draw({"made": 930, "storage": 15, "time_limit": 15, "worker_lost": 15, "cancelled": 20})
# What people ask for, as often as it stands here: mostly rows, which are sooner made than a document.
ORDERS: tuple[dict[str, str], ...] = (
    {"type": "overview", "format": "pdf"},
    {"type": "activity", "format": "pdf", "period": "last_week"},
    {"type": "emails", "format": "pdf", "period": "last_week"},
    *({"type": kind, "format": "csv", "period": "yesterday"} for kind in 4 * ("activity", "emails")),
)
MOST = 150  # that are really made: a fortnight has some 60, a long past hundreds of thousands
LANGUAGES = ("en", "fr")
USUALLY = {"format": "pdf", "language": "en", "period": None}  # of an order that does not say


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
    taken: Taken | None  # what it was made from


class Documents:
    """Lives the job of a report; `finish` makes the files, once there is something to report on."""

    def __init__(self, registry: Registry, tables: ReportTables, readers: list[User]) -> None:
        self.chance: random.Random = registry.chance
        self.registry, self.tables, self.readers = registry, tables, readers
        self._ordered: list[Life] = []
        self._patterns: dict[tuple[Any, ...], _Pattern] = {}
        self._latest: dict[tuple[Any, ...], _Pattern] = {}  # by shape, whatever days it is about
        self.files: list[str] = []
        self._taken: dict[str, Taken] = {}  # by report

    def order(self) -> dict[str, str]:
        """What somebody may ask for."""
        return self.chance.choice(ORDERS) | {"language": self.chance.choice(LANGUAGES)}

    def live(self, life: Life, *, again: bool = False) -> None:
        with suppress(NotYet):
            self._go(life, "made" if again else FATE(self.chance))
        self.registry.write_job(life)
        if life.state == State.SUCCEEDED and life.now >= self.registry.kept.reports:
            self._ordered.append(life)
        else:
            self.registry.write_result(life)

    def _go(self, life: Life, fate: str) -> None:
        life.claim(self.chance.lognormvariate(-0.5, 1.0))
        if fate == "cancelled":
            life.work(self.chance.uniform(1, 20))
            life.cancel()
            return
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
            life.succeed()

    # --- files ------------------------------------------------------------------------------------

    def finish(self, *, newest: bool) -> None:
        """Make them: the newest orders' first, or the oldest ones'."""
        ordered, self._ordered = self._ordered, []
        for life in reversed(ordered) if newest else ordered:
            self._pattern(life)
        for life in ordered:
            self.registry.write_result(life, self._keep(life))

    def keep_snapshots(self) -> None:
        """Of those that were really made, once their rows are there: copies say nothing of their own."""
        for report in Report.objects.filter(pk__in=self._taken):
            self._taken[str(report.pk)].save(report)
        self._taken.clear()

    def discard(self) -> None:
        """Their rows were taken back."""
        for name in self.files:
            storage.discard(name)

    def _keep(self, life: Life) -> Json:
        pattern = self._pattern(life)
        identity, made_at = uuid_of(self.chance), life.now
        kept = storage.keep(
            BytesIO(pattern.content), storage.name_for(UUID(identity), made_at, pattern.row.format)
        )
        self.files.append(kept.name)
        if pattern.taken is not None and pattern.taken.order["made_at"] == made_at.isoformat():
            self._taken[identity] = replace(pattern.taken, read_at=made_at)
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
        said = {"status": "ok", "report": identity, "file": kept.name, "sha256": kept.sha256}
        return Json(json.dumps(said))

    def _pattern(self, life: Life) -> _Pattern:
        given = dict(life.arguments)
        shape = (given["type"], *(given.get(name, usual) for name, usual in USUALLY.items()))
        about = (*shape, _days(given.get("period"), timezone.localtime(life.now).date()))
        if about in self._patterns or (len(self._patterns) >= MOST and shape in self._latest):
            return self._patterns.get(about) or self._latest[shape]
        with translation.override(given.get("language", USUALLY["language"])):
            made = making.make(given.pop("type"), given, moment=life.now, made_at=life.now, linked=False)
        self._patterns[about] = self._latest[shape] = _Pattern(
            made.report, storage.read(made.report.file), made.taken
        )
        storage.discard(made.report.file)
        return self._patterns[about]

    def _downloads(self, report: str, made_at: datetime, until: datetime) -> None:
        for _time in range(self.chance.choice((0, 1, 1, 1, 2, 4))):
            at = made_at + timedelta(minutes=self.chance.expovariate(1 / 90))
            if self.registry.kept.audit <= at <= until:
                self.tables.downloads.add(
                    report_id=report,
                    user_id=self.chance.choice(self.readers).pk,
                    at=at,
                    address="192.0.2.%d" % self.chance.randint(1, 200),  # noqa: UP031
                    preview=self.chance.random() < 0.5,
                )


def _days(period: str | None, day: date) -> Any:
    """Equal for two days on which the same period is about the same days."""
    match period:
        case Moving.LAST_WEEK:
            return day.isocalendar()[:2]
        case Moving.LAST_MONTH:
            return day.year, day.month
        case _:
            return day
