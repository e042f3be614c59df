"""What people did in a past: who signed in, who looked after what, who paused a queue on the bad morning."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from backoffice.history.cast import Cast
from backoffice.history.keeping import Kept
from backoffice.history.life import Life
from backoffice.history.tables import Table
from backoffice.history.weather import Weather
from backoffice.models import EmailTemplate, Recipient, SignIn
from tasks_app.admin import audit_log
from tasks_app.models import Job, QueueState
from tasks_app.notices import Notice

QUEUE = "high"  # of emails
# What Django's own forms leave in the log.
EDITED = '[{"changed": {"fields": ["%s"]}}]'


@dataclass
class DeskTables:
    entries: Table = field(default_factory=lambda: Table(LogEntry))
    sign_ins: Table = field(default_factory=lambda: Table(SignIn))

    def all(self) -> list[Table]:
        return [self.entries, self.sign_ins]


class Desk:
    """The audit log of what people did."""

    def __init__(self, tables: DeskTables, kept: Kept) -> None:
        self.tables, self.kept = tables, kept
        self._types: dict[type[Model], int] = {
            model: ContentType.objects.get_for_model(model).pk
            for model in (Job, QueueState, Recipient, EmailTemplate)
        }

    def note(self, by: int, life: Life, what: Notice, at: datetime) -> None:
        """That somebody did this to a job."""
        shown = f"{life.row['name'].rpartition('.')[2]} {life.row['about'] or life.id[:8]}"
        self._enter(by, Job, (life.id, shown), audit_log.written(what), at)

    def _enter(self, by: int, model: type[Model], thing: tuple[str, str], said: str, at: datetime) -> None:
        """`thing`: its key, and how it is called."""
        if at >= self.kept.audit:
            self.tables.entries.add(
                user_id=by,
                content_type_id=self._types[model],
                object_id=thing[0],
                object_repr=thing[1][:200],
                action_flag=CHANGE,
                change_message=said,
                action_time=at,
            )

    def daily(
        self, chance: random.Random, cast: Cast, first: datetime, until: datetime, weather: Weather
    ) -> None:
        """Each working day everybody comes in, and does the little things that an office does."""
        for day in working_days(first, until):
            for person in cast.team:
                self._sign_in(chance, person, day + timedelta(minutes=chance.uniform(0, 100)), first, until)
            self._edit(chance, cast, day + timedelta(hours=chance.uniform(1, 9)), first, until)
        if weather.pause is not None:
            by = cast.support.pk
            queue = (QUEUE, QUEUE)
            self._enter(by, QueueState, queue, audit_log.written(audit_log.PAUSED()), weather.pause.begin)
            self._enter(by, QueueState, queue, audit_log.written(audit_log.RESUMED()), weather.pause.end)

    def _sign_in(
        self, chance: random.Random, person: User, at: datetime, first: datetime, until: datetime
    ) -> None:
        """Now and then somebody mistypes a password."""
        failed = chance.choice((0, 0, 0, 0, 1))
        for attempt in range(failed + 1):
            moment = at + timedelta(seconds=20 * attempt)
            if max(first, self.kept.audit) <= moment < until:
                self.tables.sign_ins.add(
                    user_id=person.pk,
                    username=person.username,
                    at=moment,
                    address="192.0.2.10",
                    success=attempt == failed,
                )

    def _edit(
        self, chance: random.Random, cast: Cast, at: datetime, first: datetime, until: datetime
    ) -> None:
        """Staff correct a recipient each day, and a template once in a while."""
        if not first <= at < until:
            return
        person = chance.choice(cast.recipients)
        shown = f"{person.name} <{person.email}>"
        self._enter(cast.staff.pk, Recipient, (str(person.pk), shown), EDITED % "Company", at)
        if chance.random() < 0.15:
            template = chance.choice(cast.templates)
            self._enter(
                cast.staff.pk,
                EmailTemplate,
                (str(template.pk), template.name),
                EDITED % "Text",
                at + timedelta(minutes=7) if at + timedelta(minutes=7) < until else at,
            )


def working_days(first: datetime, until: datetime) -> Iterator[datetime]:
    """Eight in the morning of each."""
    day = timezone.localtime(first).replace(hour=8, minute=0, second=0, microsecond=0)
    while day < until:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)
