"""A list is imported once: whole, or not at all.

Whoever claims its row imports it; a second click waits for the first and is told what that one did.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from backoffice import storage
from backoffice.models import PeopleList, Recipient
from backoffice.people_lists.reading import read
from backoffice.people_lists.values import field_of
from backoffice.people_lists.verdicts import BATCH, KEPT, Figures, Judge, Outcome, Verdict


@dataclass(frozen=True)
class Imported:
    figures: Figures
    again: bool  # it was imported before: nothing was done now


def keep(content: bytes, file_name: str, by: Any) -> PeopleList:
    """Keep an uploaded file until it is imported or forgotten; raises StorageRefused."""
    name = storage.name_for_list(timezone.now())
    storage.keep(ContentFile(content), name)
    return PeopleList.objects.create(file=name, file_name=file_name[:255], uploaded_by=by)


def find(list_id: Any, by: Any) -> PeopleList | None:
    """A list that this person uploaded and that is still here."""
    try:
        return PeopleList.objects.of(by).filter(pk=uuid.UUID(str(list_id))).first()
    except ValueError:
        return None


def carry_out(people: PeopleList, by: Any, *, may_return: bool) -> Imported:
    """Import it, unless that was done before.

    Raises UnreadableList or OSError where the file cannot be read any more, and IntegrityError where somebody
    of the list was added meanwhile; then nothing has changed.
    """
    with transaction.atomic():
        if not PeopleList.objects.claim(people.pk, by):
            people.refresh_from_db()
            return Imported(Figures.from_json(people.figures), again=True)
        figures = _write(storage.read(people.file), by, may_return=may_return)
        PeopleList.objects.filter(pk=people.pk).update(figures=figures.as_json())
    return Imported(figures, again=False)


def _write(content: bytes, by: Any, *, may_return: bool) -> Figures:
    file, figures = read(content), Figures()
    verdicts = Judge(file.columns, may_return, Recipient.objects.select_for_update()).verdicts(file.rows())
    for some in batched(verdicts, BATCH):
        for verdict in some:
            figures.add(verdict)
        _write_batch([one for one in some if one.outcome == Outcome.NEW], by)
        _write_batch([one for one in some if one.outcome == Outcome.CHANGED], by)
    return figures


def _write_batch(verdicts: list[Verdict], by: Any) -> None:
    recipients = [verdict.recipient for verdict in verdicts if verdict.recipient is not None]
    new = [one for one in recipients if one.pk is None]
    changed = [one for one in recipients if one.pk is not None]
    Recipient.objects.bulk_create(new)
    if changed:
        # An upsert by id: Django's bulk_update() writes a CASE for each cell, ten times as slow.
        Recipient.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=[*KEPT, "folded"]
        )
    LogEntry.objects.bulk_create(_entries(verdicts, by))


def _entries(verdicts: Iterable[Verdict], by: Any) -> list[LogEntry]:
    """As Django's own forms leave them, so that each reader has them in their language."""
    kind = ContentType.objects.get_for_model(Recipient)
    return [
        LogEntry(
            user=by,
            content_type=kind,
            object_id=str(verdict.recipient.pk),
            object_repr=str(verdict.recipient)[:200],
            action_flag=CHANGE if verdict.stood else ADDITION,
            change_message=json.dumps(_change(verdict)),
        )
        for verdict in verdicts
        if verdict.recipient is not None
    ]


def _change(verdict: Verdict) -> list[dict[str, Any]]:
    if not verdict.stood:
        return [{"added": {}}]
    changed = [name for name, value in verdict.stood.items() if getattr(verdict.recipient, name) != value]
    with override(None):
        return [{"changed": {"fields": [str(field_of(name).verbose_name) for name in changed]}}]
