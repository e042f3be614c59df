"""Writing the audit log: an entry for one thing; one entry for many, which opens to them.

What is done to many at once is one line of the log, however many requests and transactions it takes: the
entry is found again by its key, and tells how many they are by then.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

from tasks_app.audit.entries import TOGETHER, written
from tasks_app.models.audit import AuditItem
from tasks_app.notices import Notice

NAME_LENGTH = 200  # characters, as Django keeps them


@dataclass(frozen=True)
class Line:
    """What was done to one thing, under the name that it had."""

    thing: Model
    name: str
    what: Notice
    flag: int = CHANGE

    @property
    def content_type(self) -> ContentType:
        return ContentType.objects.get_for_model(self.thing, for_concrete_model=False)


def record(user_id: int, line: Line, *more: Notice) -> LogEntry:
    """That somebody did this, now; `more` is said after it."""
    return LogEntry.objects.create(
        user_id=user_id,
        content_type=line.content_type,
        object_id=str(line.thing.pk),
        object_repr=line.name[:NAME_LENGTH],
        action_flag=line.flag,
        change_message=written(line.what, *more),
    )


@dataclass
class Together:
    """One entry for many things of one kind; `what` says how many. With the same key it is the same entry."""

    user_id: int
    what: Callable[[int], Notice]
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    _count: int | None = None  # of its things, once they were counted

    def add(self, lines: Sequence[Line], *, alone: bool = False) -> None:
        """These too. With `alone`, a first line that is the only one becomes an entry of its own."""
        if not lines:
            return
        with transaction.atomic():
            entry = self._entry(lines[0])
            if entry is None and alone and len(lines) == 1:
                record(self.user_id, lines[0])
                return
            entry = entry or self._begun(lines[0])
            if self._count is None:
                self._count = AuditItem.objects.filter(entry=entry).count()
            AuditItem.objects.bulk_create(self._items(entry, lines), batch_size=500)
            self._count += len(lines)
            entry.change_message = written(self.what(self._count))
            entry.save(update_fields=["change_message"])

    def _entry(self, line: Line) -> LogEntry | None:
        mine = LogEntry.objects.filter(user_id=self.user_id, content_type=line.content_type)
        return mine.filter(object_id=TOGETHER + self.key).select_for_update().first()

    def _begun(self, line: Line) -> LogEntry:
        return LogEntry.objects.create(
            user_id=self.user_id,
            content_type=line.content_type,
            object_id=TOGETHER + self.key,
            object_repr="",
            action_flag=line.flag,
            change_message="",
        )

    def _items(self, entry: LogEntry, lines: Iterable[Line]) -> list[AuditItem]:
        return [
            AuditItem(
                entry=entry,
                content_type=line.content_type,
                object_id=str(line.thing.pk),
                object_repr=line.name[:NAME_LENGTH],
                change_message=written(line.what),
            )
            for line in lines
        ]
