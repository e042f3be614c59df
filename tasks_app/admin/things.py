"""Rows as other pages name them: a link for who may see the row, words for others and for what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import AutoField, Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.batches.words import name_of as batch_name
from tasks_app.catalogue import label_of
from tasks_app.db.given_keys import was_given
from tasks_app.display import who
from tasks_app.models import Batch, Job, QueueState
from tasks_app.schedules.rhythm import words
from tasks_app.schedules.timings import COLUMNS, scheduled
from tasks_app.subject import subject_of


@dataclass(frozen=True)
class Thing:
    """A row by name; `url` is "" where it is gone or its reader may not see it."""

    text: str
    url: str = ""


def job_name(job: Job) -> str:
    return f"{label_of(job.name)} {subject_of(job)}".strip()


# What people know a row by, where that is not what its model says.
NAMES: dict[type[Model], Callable[[Any], str]] = {
    Job: job_name,
    Batch: batch_name,
    PeriodicTask: lambda row: str(row.name),
    User: who,
    **dict.fromkeys(COLUMNS, lambda row: words(scheduled(row))),
}
# Rows without a page of their own are shown on another: its name, and the permission it asks for.
SHOWN_ON: dict[type[Model], tuple[str, str]] = {QueueState: ("admin:queues", "tasks_app.view_queuestate")}


def name_of(row: Model) -> str:
    named = NAMES.get(type(row))
    return named(row) if named else str(row)


def page_of(request: HttpRequest, row: Model) -> str:
    """The address of its page; "" where there is none that this person may see."""
    elsewhere = SHOWN_ON.get(type(row))
    if elsewhere:
        page, permission = elsewhere
        user: Any = request.user
        return reverse(page) if user.has_perm(permission) else ""
    rows = admin.site._registry.get(type(row))
    if rows is None or not rows.has_view_permission(request, row):
        return ""
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)])
    except NoReverseMatch:
        return ""


def thing(request: HttpRequest, row: Model) -> Thing:
    return Thing(name_of(row), page_of(request, row))


def gone(name: object) -> Thing:
    """What was there once."""
    return Thing(_("%(name)s (deleted)") % {"name": name})


def cause_url(kind: str, address: str) -> str:
    """The page of a cause of failures, by an address that can be read and sent."""
    return reverse("admin:tasks_app_failuregroup_cause", query={"kind": kind, "cause": address})


def job_thing(request: HttpRequest, job_id: str, name: str) -> Thing | None:
    """The job of this id, by what it did (`name`); None where no job was named."""
    if not job_id:
        return None
    job = Job.objects.filter(pk=job_id).only("pk", "created_by_id").first()
    return gone(name) if job is None else Thing(name, page_of(request, job))


def things(request: HttpRequest, model: type[Model], keys: Iterable[Any], column: str = "pk") -> list[Thing]:
    """The rows that these values of a column stand for, in their order."""
    wanted = list(keys)
    known = _rows_of(model, wanted, column) if len(wanted) > 1 else {}
    # One that is spelled in another way, or is none of the column's, is looked for by itself.
    rows = [(key, known.get(str(key)) or row_of(model, key, column)) for key in wanted]
    return [missing(model, key, column) if row is None else thing(request, row) for key, row in rows]


def _rows_of(model: type[Model], keys: Sequence[Any], column: str) -> dict[str, Model]:
    """Those of many keys in one statement; none where one of them is no value of the column."""
    try:
        found = list(model._default_manager.filter(**{f"{column}__in": keys}))
    except UNREADABLE:
        return {}
    return {str(getattr(row, column)): row for row in found}


def missing(model: type[Model], key: Any, column: str = "pk") -> Thing:
    """What no row has: where keys count up, what was deleted is told from what never was."""
    counts_up = column == "pk" and isinstance(model._meta.pk, AutoField)
    try:
        was_there = not counts_up or was_given(model, int(str(key)))
    except ValueError:  # it is none of the column's
        was_there = False
    return gone(key) if was_there else Thing(_("%(name)s (does not exist)") % {"name": key})


# What Django makes of a value that is none of a column's.
UNREADABLE = (ArithmeticError, ValueError, TypeError, ValidationError)


# While one page is made: the rows that it has asked for, by model, column and key.
_read: ContextVar[dict[tuple[type[Model], str, str], Model | None] | None] = ContextVar("read", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within, a row that several parts of a page name is asked for once."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def remember(row: Model | None) -> None:
    """It was read with another row: no part of this page needs to ask for it."""
    known = _read.get()
    if known is not None and row is not None:
        known[type(row), "pk", str(row.pk)] = row


def row_of[Row: Model](model: type[Row], key: Any, column: str = "pk") -> Row | None:
    """None where there is no such row, or the value is none of the column's."""
    known, place = _read.get(), (model, column, str(key))
    if known is None:
        return _row_of(model, key, column)
    if place not in known:
        known[place] = _row_of(model, key, column)
    return cast("Row | None", known[place])


def _row_of[Row: Model](model: type[Row], key: Any, column: str) -> Row | None:
    try:
        found: Row | None = model._default_manager.filter(**{column: key}).first()
    except UNREADABLE:
        return None
    return found
