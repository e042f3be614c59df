"""What lines of the audit log are about: by its name of then, with a link while it is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import capfirst

from tasks_app.admin.audit_log import RUN_AGAIN, SCHEDULE_RUN
from tasks_app.admin.things import Thing, gone, name_of, page_of
from tasks_app.audit.entries import is_of_many, read, said
from tasks_app.catalogue import kinds
from tasks_app.models import Batch, FailureGroup, Job
from tasks_app.models.audit import AuditItem

# What was done made a job, whose id is the notice's parameter.
MAKES_JOBS = frozenset({RUN_AGAIN.code, SCHEDULE_RUN.code})

# What is known by words, which its row says in each reader's language; the log keeps its id or code.
IN_WORDS = (Batch, FailureGroup)

type Line = LogEntry | AuditItem

LONG = (models.TextField, models.JSONField, models.BinaryField)


def things_of(request: HttpRequest, lines: Sequence[Line]) -> dict[int, Thing]:
    """What each line is about, by the line's key: one query for each kind of thing."""
    by_model: dict[type[models.Model] | None, list[Line]] = defaultdict(list)
    for line in lines:
        by_model[line.content_type.model_class() if line.content_type else None].append(line)
    found: dict[int, Thing] = {}
    for model, some in by_model.items():
        rows = _rows(model, (line.object_id for line in some)) if model else {}
        found |= {line.pk: _thing(request, line, model, rows) for line in some}
    return found


def _rows(model: type[models.Model], keys: Iterable[str | None]) -> dict[str, models.Model]:
    """Those that are there, without the columns that may be long."""
    valid = []
    for key in keys:
        try:
            valid.append(model._meta.pk.clean(key, None))
        except ValidationError:  # the key of many together, or of a model that was another then
            continue
    long = [one.name for one in model._meta.concrete_fields if isinstance(one, LONG)]
    long = [] if model in IN_WORDS else long
    rows = model._default_manager.defer(*long).filter(pk__in=[key for key in valid if key is not None])
    return {str(row.pk): row for row in rows}


def _thing(
    request: HttpRequest, line: Line, model: type[models.Model] | None, rows: dict[str, models.Model]
) -> Thing:
    if isinstance(line, LogEntry) and is_of_many(line):
        return Thing(many(line), line.get_admin_url() or "")
    if model is not None and not line.object_id:
        return _list_of(request, model)
    name = named(model, line.object_repr)
    row = rows.get(line.object_id or "")
    if row is not None:
        return Thing(name_of(row) if model in IN_WORDS else name, page_of(request, row))
    entry = line if isinstance(line, LogEntry) else line.entry
    return Thing(name) if model is None or entry.is_deletion() else gone(name)


def _list_of(request: HttpRequest, model: type[models.Model]) -> Thing:
    """A list as such, with a link for who may see it."""
    rows = admin.site._registry.get(model)
    may_see = rows is not None and rows.has_view_permission(request)
    name = capfirst(str(model._meta.verbose_name_plural))
    return Thing(
        name, reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") if may_see else ""
    )


def many(entry: LogEntry) -> str:
    """ "120 jobs", "1,204 recipients"."""
    model = entry.content_type.model_class() if entry.content_type else None
    counts = [one.params for one in read(entry.change_message)]
    count = sum(int(value) for params in counts for name, value in params.items() if name in COUNTS)
    kind = (model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural) if model else "–"
    return f"{number_format(count, force_grouping=True)} {kind}"


# The parameters that say of how many an entry is.
COUNTS = ("count", "new", "changed")


def named(model: type[models.Model] | None, stored: str) -> str:
    """The name of then; of a job in its reader's words, for its task's name stands there."""
    if model is not Job:
        return stored
    task, _space, about = stored.partition(" ")
    label: Any = next((kind.label for kind in kinds() if kind.name.rpartition(".")[2] == task), task)
    return f"{label} {about}".strip()


def told(request: HttpRequest, change_message: str) -> str:
    """What was done, in words; the id of a job that came of it leads there, for who may see jobs."""
    text = said(change_message)
    user: Any = request.user
    ids = [str(one.params.get("id", "")) for one in read(change_message) if one.code in MAKES_JOBS]
    if len(ids) != 1 or not ids[0] or ids[0] not in text or not user.has_perm("tasks_app.view_job"):
        return text
    before, _id, after = text.partition(ids[0])
    url = reverse("admin:tasks_app_job_change", args=[quote(ids[0])])
    return format_html('{}<a class="bo-link" href="{}">{}</a>{}', before, url, ids[0][:8], after)
