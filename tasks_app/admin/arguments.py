"""A job's arguments and its result as people read them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tasks_app.admin.dressing import rows_of
from tasks_app.admin.things import Thing, things
from tasks_app.catalogue import Arguments, JobKind, kind_of, launchable_of
from tasks_app.display import Text
from tasks_app.ledger.message_codec import secrets_of
from tasks_app.logs.masking import MASK, masked
from tasks_app.models import Job, State
from tasks_app.subject import argument_label, arguments_of

RESULT_LENGTH = 5_000  # characters


@dataclass(frozen=True)
class Argument:
    """One argument as it is read: the rows it stands for, or else its value."""

    label: Text
    value: str = ""
    things: tuple[Thing, ...] = ()
    name: str = ""


def shown_arguments(request: HttpRequest, task_name: str, arguments: Arguments) -> Iterable[Argument]:
    """Arguments under the labels of the job's form; rows by their name and page, secrets hidden."""
    kind = kind_of(task_name)
    launchable = launchable_of(task_name, arguments)
    fields = launchable.form().fields if launchable else {}
    fixed = launchable.variant.fixed if launchable else {}
    for name, value in arguments.items():
        if name in fixed:
            continue
        field = fields.get(name)
        label = (field.label if field else "") or argument_label(task_name, name)
        if kind and name in kind.secret:
            yield Argument(label, MASK, name=name)
        elif value not in (None, "") and (rows := _rows_of(kind, name, field)):
            keys = value if isinstance(value, list) else [value]
            yield Argument(label, things=tuple(things(request, rows[0], keys, rows[1])), name=name)
        else:
            yield Argument(label, shown_value(field, value), name=name)


def _rows_of(kind: JobKind | None, name: str, field: forms.Field | None) -> tuple[type[Model], str] | None:
    """The model and the column that an argument's values are keys of; None where they are none."""
    if kind and name in kind.refers_to:
        return kind.refers_to[name], "pk"
    if isinstance(field, forms.ModelChoiceField):
        return rows_of(field).model, field.to_field_name or "pk"
    return None


def changes_since(job: Job) -> list[str]:
    """What this version's form wants otherwise than the one that the job was launched with, in sentences."""
    kind, one = kind_of(job.name), launchable_of(job.name, arguments_of(job))
    if kind is None and job.name not in current_app.tasks:
        return [
            _(
                "This version has no job “%(name)s”: another version launched it. It waits for a worker that "
                "knows it; what runs here cannot correct it."
            )
            % {"name": job.name}
        ]
    if one is None:
        return []
    given, form = arguments_of(job).keys() - one.variant.fixed.keys(), one.form()
    gone = sorted(given - form.fields.keys())
    asked = [
        str(form[name].label)
        for name, field in form.fields.items()
        if field.required and name not in given and form.get_initial_for_field(field, name) is None
    ]
    sentences = []
    if gone:
        sentences.append(
            _(
                "This job was launched with arguments that it no longer takes: %(names)s. Correct it before "
                "it runs again; they are left out then."
            )
            % {"names": ", ".join(str(argument_label(job.name, name)) for name in gone)}
        )
    if asked:
        sentences.append(
            _("This job now also needs: %(names)s. Correct it before it runs again, and say what they are.")
            % {"names": ", ".join(asked)}
        )
    return sentences


def shown_value(field: forms.Field | None, value: Any) -> str:
    """A stored JSON value as the form's reader would say it."""
    if value is None or value == "":
        return "–"
    if isinstance(field, forms.ChoiceField):
        words = dict(_flat(field.choices))
        return ", ".join(str(words.get(one, one)) for one in (value if isinstance(value, list) else [value]))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def said_of(field: forms.Field | None, value: Any) -> str:
    """A stored value as its reader says it: a row by its name."""
    if isinstance(field, forms.ModelChoiceField) and value not in (None, ""):
        rows: Any = field.queryset
        column = field.to_field_name or "pk"
        keys = value if isinstance(value, list) else [value]
        found = {
            getattr(row, column): row for row in rows.model._default_manager.filter(**{f"{column}__in": keys})
        }
        return ", ".join(str(found.get(key, key)) for key in keys)
    return shown_value(field, value)


def _flat(choices: Any) -> Iterable[tuple[Any, Any]]:
    """Choices without their groups."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield value, label


def shown_result(job: Job, stored: str | None) -> str:
    """What the job returned, or the beginning of it, as indented JSON; "" where there is nothing to show."""
    if job.state != State.SUCCEEDED or not stored or stored == "null":
        return ""
    with suppress(ValueError, RecursionError):  # what is not JSON, or not all of it, is shown as it is stored
        stored = json.dumps(json.loads(stored), indent=2, ensure_ascii=False)
    # A job may return what it was given.
    return shortened(str(masked(stored, secrets_of(job.name, job.args, job.kwargs))))


def shortened(text: str) -> str:
    """The beginning of a text that may be of any size."""
    return text if len(text) <= RESULT_LENGTH else text[:RESULT_LENGTH] + " …"
