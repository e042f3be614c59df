"""The three statements that an ordinary email costs, written out.

What it is made of, its row as claimed, and that it was sent. Compiling them by the ORM takes longer than the
database takes to carry them out (docs/decisions/0008); whatever is unusual about an email is the ORM's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

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
from tasks_app.db.prepared import execute, executed, typed


class Statement(NamedTuple):
    """Text, or a part of one, with its values by their names in it."""

    sql: str
    values: Mapping[str, Any]

    def execute(self) -> int:
        """Rows that it changed."""
        return execute(self.sql, self.values)


class Ingredients(NamedTuple):
    recipient: Recipient  # with its `RECIPIENT_FIELDS` only
    template: EmailTemplate  # with its `TEMPLATE_FIELDS` only
    values: dict[str, str]  # of the template's variables, those that have one


RECIPIENT_FIELDS = ["id", "email", "name", "company", "language"]
TEMPLATE_FIELDS = ["id", "name", "subject", "text", "html"]

_MESSAGE = Message._meta.db_table
_FIELDS = {str(field.column): field for field in Message._meta.concrete_fields}

_INGREDIENTS = f"""
SELECT {", ".join(f"r.{name}" for name in RECIPIENT_FIELDS)},
    {", ".join(f"t.{name}" for name in TEMPLATE_FIELDS)},
    (SELECT CAST({{object_of}}(v.name, v.value) AS text) FROM {TemplateVariable._meta.db_table} v
     WHERE v.template_id = t.id AND v.value <> '')
FROM {Recipient._meta.db_table} r CROSS JOIN {EmailTemplate._meta.db_table} t
WHERE r.id = %(recipient)s AND r.active AND t.active AND t.{{chosen_by}} = %(template)s
    AND NOT EXISTS (SELECT 1 FROM {Suppression._meta.db_table} WHERE address = lower(r.email))
    AND NOT EXISTS (SELECT 1 FROM {SendingHold._meta.db_table})
"""  # noqa: S608 - table names are the models' own
_OBJECT_OF = {"postgresql": "json_object_agg", "sqlite": "json_group_object"}

_INSERT = f"""
INSERT INTO {_MESSAGE} ({", ".join(f'"{column}"' for column in _FIELDS)})
SELECT {{values}} WHERE {{provided}}
ON CONFLICT DO NOTHING
"""

_SENT = f"""
UPDATE {_MESSAGE} SET state = '{MessageState.SENT}', transport = %(transport)s, provider_id = %(provider_id)s,
    sent_at = %(sent_at)s, error = '', error_class = ''
WHERE id = %(id)s AND state = '{MessageState.SUBMITTING}' AND attempt = %(attempt)s
"""  # noqa: S608


def ingredients(recipient_id: int, template: int | str) -> Ingredients | None:
    """Recipient, and template by its id or code; None where anything stands in the way of an email.

    One of them is gone or switched off, the address is suppressed, all emails are held.
    """
    sql = _INGREDIENTS.format(
        object_of=_OBJECT_OF[connection.vendor], chosen_by="slug" if isinstance(template, str) else "id"
    )
    with executed(sql, {"recipient": recipient_id, "template": template}) as cursor:
        row = cursor.fetchone()
    if row is None:
        return None
    end = len(RECIPIENT_FIELDS)
    return Ingredients(
        Recipient.from_db(connection.alias, RECIPIENT_FIELDS, row[:end]),
        EmailTemplate.from_db(connection.alias, TEMPLATE_FIELDS, row[end:-1]),
        json.loads(row[-1] or "{}"),
    )


def insert(message: Message, provided: Statement | None) -> bool:
    """Write the row; False where its job has one already, or the condition `provided` does not hold."""
    condition = provided or Statement("TRUE", {})
    values = {
        column: field.get_db_prep_save(field.pre_save(message, True), connection)
        for column, field in _FIELDS.items()
    }
    return bool(execute(_insertion(condition.sql), values | dict(condition.values)))


@cache
def _insertion(provided: str) -> str:
    return _INSERT.format(provided=provided, values=", ".join(typed(field) for field in _FIELDS.values()))


def sent(message_id: Any, attempt: int, transport: str, provider_id: str) -> Statement:
    """submitting → sent, by the attempt that handed it over."""
    values = {"id": message_id, "sent_at": timezone.now(), "transport": transport, "provider_id": provider_id}
    return Statement(
        _SENT,
        {column: _FIELDS[column].get_db_prep_save(value, connection) for column, value in values.items()}
        | {"attempt": attempt},
    )
