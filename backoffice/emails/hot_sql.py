"""The three statements that an ordinary email costs, written out.

What it is made of, its row as the first attempt writes it, and that it was sent. Compiling them by the ORM
takes longer than the database takes to carry them out (docs/decisions/0008); whatever is unusual about an
email is the ORM's.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from backoffice.models import (
    EmailTemplate,
    Message,
    MessageState,
    Recipient,
    SendingHold,
    Suppression,
    TemplateVariable,
)
from tasks_app.db.prepared import Condition, Guarded, executed, typed
from tasks_app.models import Job


class Ingredients(NamedTuple):
    recipient: Recipient | None  # with its `RECIPIENT_FIELDS` only; None: it is gone
    template: EmailTemplate | None  # with its `TEMPLATE_FIELDS` only; None: it is gone
    values: dict[str, str]  # of the template's variables, by name
    is_written: bool  # the job has a message already
    repeats: UUID | None  # the message of the job that this one runs again


RECIPIENT_FIELDS = ["id", "email", "name", "company", "language", "active"]
TEMPLATE_FIELDS = ["id", "name", "subject", "text", "html", "active"]

_MESSAGE = Message._meta.db_table
_FIELDS = {str(field.column): field for field in Message._meta.concrete_fields}

_INGREDIENTS = f"""
SELECT {", ".join(f"r.{name}" for name in RECIPIENT_FIELDS)},
    {", ".join(f"t.{name}" for name in TEMPLATE_FIELDS)},
    (SELECT CAST({{object_of}}(v.name, v.value) AS text) FROM {TemplateVariable._meta.db_table} v
     WHERE v.template_id = t.id),
    EXISTS (SELECT 1 FROM {_MESSAGE} WHERE job_id = %(job)s),
    (SELECT m.id FROM {Job._meta.db_table} j JOIN {_MESSAGE} m ON m.job_id = j.rerun_of_id
     WHERE j.id = %(job)s)
FROM (SELECT 1) AS one
LEFT JOIN {Recipient._meta.db_table} r ON r.id = %(recipient)s
LEFT JOIN {EmailTemplate._meta.db_table} t ON t.{{chosen_by}} = %(template)s
"""  # noqa: S608 - table names are the models' own
_OBJECT_OF = {"postgresql": "json_object_agg", "sqlite": "json_group_object"}

_MAY_LEAVE = f"""NOT EXISTS (SELECT 1 FROM {Suppression._meta.db_table} WHERE address = %(leaves_for)s)
    AND NOT EXISTS (SELECT 1 FROM {SendingHold._meta.db_table})"""  # noqa: S608


def ingredients(recipient_id: int, template: int | str, job_id: str) -> Ingredients:
    """What the email of this job is made of: recipient, and template by its id or code."""
    sql = _INGREDIENTS.format(
        object_of=_OBJECT_OF[connection.vendor], chosen_by="slug" if isinstance(template, str) else "id"
    )
    with executed(sql, {"recipient": recipient_id, "template": template, "job": job_id}) as cursor:
        row = cursor.fetchone()
    end = len(RECIPIENT_FIELDS)
    of_recipient, of_template, (values, is_written, repeats) = row[:end], row[end:-3], row[-3:]
    return Ingredients(
        Recipient.from_db(connection.alias, RECIPIENT_FIELDS, of_recipient) if of_recipient[0] else None,
        EmailTemplate.from_db(connection.alias, TEMPLATE_FIELDS, of_template) if of_template[0] else None,
        json.loads(values or "{}"),
        bool(is_written),
        Message._meta.pk.to_python(repeats),
    )


def may_leave(message: Message) -> Condition:
    """Its address is not suppressed, and emails are not held."""
    return Condition(_MAY_LEAVE, {"leaves_for": message.to.lower()})


def insertion(message: Message) -> Guarded:
    """Writes the row; not where its job has one already."""
    values = {
        column: field.get_db_prep_save(field.pre_save(message, True), connection)
        for column, field in _FIELDS.items()
    }
    return Guarded(_insertion, values)


@cache
def _insertion(prefix: str, provided: str) -> str:
    values = ", ".join(typed(field, f"{prefix}{column}") for column, field in _FIELDS.items())
    return f"""
INSERT INTO {_MESSAGE} ({", ".join(f'"{column}"' for column in _FIELDS)})
SELECT {values} WHERE {provided}
ON CONFLICT DO NOTHING
"""


def sent(message_id: Any, attempt: int, transport: str, provider_id: str) -> Guarded:
    """submitting → sent, by the attempt that handed it over."""
    values = {"id": message_id, "sent_at": timezone.now(), "transport": transport, "provider_id": provider_id}
    return Guarded(
        _sent,
        {column: _FIELDS[column].get_db_prep_save(value, connection) for column, value in values.items()}
        | {"attempt": attempt},
    )


@cache
def _sent(prefix: str, provided: str) -> str:
    return f"""
UPDATE {_MESSAGE} SET state = '{MessageState.SENT}', transport = %({prefix}transport)s,
    provider_id = %({prefix}provider_id)s, sent_at = %({prefix}sent_at)s, error = '', error_class = ''
WHERE id = %({prefix}id)s AND state = '{MessageState.SUBMITTING}' AND attempt = %({prefix}attempt)s
    AND {provided}
"""  # noqa: S608
