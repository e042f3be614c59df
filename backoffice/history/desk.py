"""What people did in a past: who signed in, who looked after what."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from backoffice.history.cast import Cast
from backoffice.history.tables import Table
from backoffice.models import SignIn
from tasks_app.admin import audit_log
from tasks_app.models import Job
from tasks_app.notices import Notice


@dataclass
class DeskTables:
    entries: Table = field(default_factory=lambda: Table(LogEntry))
    sign_ins: Table = field(default_factory=lambda: Table(SignIn))

    def all(self) -> list[Table]:
        return [self.entries, self.sign_ins]


class Desk:
    """The audit log of what people did."""

    def __init__(self, tables: DeskTables) -> None:
        self.tables = tables
        self._type = ContentType.objects.get_for_model(Job).pk

    def note(self, by: int, job_id: str, shown: str, what: Notice, at: datetime) -> None:
        """That somebody did this to a job."""
        self.tables.entries.add(
            user_id=by,
            content_type_id=self._type,
            object_id=job_id,
            object_repr=shown[:200],
            action_flag=CHANGE,
            change_message=audit_log.written(what),
            action_time=at,
        )


def sign_in(chance: random.Random, cast: Cast, first: datetime, until: datetime, tables: DeskTables) -> None:
    """Each working day everybody comes in, and now and then somebody mistypes a password."""
    day = timezone.localtime(first).replace(hour=8, minute=0, second=0, microsecond=0)
    while day < until:
        if day.weekday() < 5:
            for person in cast.team:
                at = day + timedelta(minutes=chance.uniform(0, 100))
                failed = chance.choice((0, 0, 0, 0, 1))
                for attempt in range(failed + 1):
                    moment = at + timedelta(seconds=20 * attempt)
                    if first <= moment < until:
                        tables.sign_ins.add(
                            user_id=person.pk,
                            username=person.username,
                            at=moment,
                            address="192.0.2.10",
                            success=attempt == failed,
                        )
        day += timedelta(days=1)
