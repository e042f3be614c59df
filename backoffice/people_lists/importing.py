"""A list is imported once: whole, or not at all.

Whoever claims its row imports it; a second click waits for the first and is told what that one did.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.contrib.admin.models import ADDITION
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice import storage
from backoffice.models import PeopleList, Recipient, RecipientTag
from backoffice.people_lists.labels import label_of
from backoffice.people_lists.own import OWN, Fields, tags_called, written
from backoffice.people_lists.reading import read
from backoffice.people_lists.values import field_of
from backoffice.people_lists.verdicts import BATCH, KEPT, Figures, Judge, Outcome, Verdict, kept
from tasks_app.audit.changes import ADDED, FIELD_GAINED, of_values
from tasks_app.audit.recording import Line, Together
from tasks_app.notices import PERSON, VALUE, Notice, declare

IMPORTED = declare(
    "audit.list_imported",
    _("Imported the list “%(file)s”. New: %(new)s, changed: %(changed)s."),
    general=_("Imported a list of people."),
    file=PERSON,
    new=VALUE,
    changed=VALUE,
)


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
        figures = _write(people, by, may_return=may_return)
        PeopleList.objects.filter(pk=people.pk).update(figures=figures.as_json())
    return Imported(figures, again=False)


def _write(people: PeopleList, by: Any, *, may_return: bool) -> Figures:
    file, figures = read(storage.read(people.file)), Figures()

    def what(_count: int) -> Notice:
        counts = figures.by_outcome
        return IMPORTED(file=people.file_name, new=counts[Outcome.NEW], changed=counts[Outcome.CHANGED])

    log = Together(by.pk, what)
    verdicts = Judge(file.columns, may_return, Recipient.objects.select_for_update()).verdicts(file.rows())
    for some in batched(verdicts, BATCH):
        for verdict in some:
            figures.add(verdict)
        for outcome in (Outcome.NEW, Outcome.CHANGED):
            _write_batch([one for one in some if one.outcome == outcome], log, file.columns.own)
    return figures


def _write_batch(verdicts: list[Verdict], log: Together, own: Fields) -> None:
    recipients = [verdict.recipient for verdict in verdicts if verdict.recipient is not None]
    new = [one for one in recipients if one.pk is None]
    changed = [one for one in recipients if one.pk is not None]
    Recipient.objects.bulk_create(new)
    if changed:
        # An upsert by id: Django's bulk_update() writes a CASE for each cell, ten times as slow.
        Recipient.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=[*KEPT, "folded"]
        )
    _write_tags(verdicts)
    log.add([_line(verdict, verdict.recipient, own) for verdict in verdicts if verdict.recipient is not None])


def _write_tags(verdicts: list[Verdict]) -> None:
    tags = tags_called(name for verdict in verdicts for name in verdict.tags)
    RecipientTag.objects.bulk_create(
        [
            RecipientTag(recipient=verdict.recipient, tag=tags[name.lower()])
            for verdict in verdicts
            for name in verdict.tags
        ],
        ignore_conflicts=True,
    )


def _line(verdict: Verdict, recipient: Recipient, own: Fields) -> Line:
    """As the page of one recipient logs it."""
    if not verdict.stood:
        return Line(recipient, str(recipient), ADDED(), ADDITION)
    changed = [
        (label_of(name, own), _shown(name, value), _shown(name, kept(recipient, name)))
        for name, value in verdict.stood.items()
        if kept(recipient, name) != value
    ]
    more = [FIELD_GAINED(field=label_of("tags", own), added=", ".join(verdict.tags))] if verdict.tags else []
    return Line(recipient, str(recipient), of_values(changed, more))


def _shown(name: str, value: Any) -> Any:
    """A language by its name, a value of the house's own as pages write it."""
    if name.startswith(OWN):
        return written(value)
    return dict(field_of(name).flatchoices).get(value, value)
