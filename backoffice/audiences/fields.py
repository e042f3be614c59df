"""What leaves with a field of the house's own, and what keeps one from leaving."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import F, Func, JSONField, Value
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from backoffice.audiences.conditions import PARTED
from backoffice.models import AudienceCondition, Recipient, RecipientField
from tasks_app.db.pages import ids_in_pages

MOST_CLEARED = 200_000  # recipients, in a request
PAGE = 5_000


class _Without(Func):
    """A JSON object without one of its keys."""

    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **options: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" - ", **options)

    def as_sqlite(self, compiler: Any, connection: Any, **options: Any) -> Any:
        return self.as_sql(compiler, connection, template="JSON_REMOVE(%(expressions)s)", **options)


def having(name: str) -> Any:
    return Recipient.objects.filter(own__has_key=name)


def has_too_many(field: RecipientField) -> bool:
    return len(having(field.name).order_by().values_list("pk")[: MOST_CLEARED + 1]) > MOST_CLEARED


def clear(name: str) -> int:
    """What recipients have in a field that is gone; how many had something."""
    key = Value(name if connection.vendor == "postgresql" else f"$.{name}")
    cleared = 0
    for keys in ids_in_pages(having(name), PAGE):
        cleared += Recipient.objects.filter(pk__in=keys).update(own=_Without(F("own"), key))
    return cleared


def asked_by(subject: str, value: str = "") -> str:
    """Which audiences ask for it, in a sentence that says what to do; "" where none does."""
    conditions = AudienceCondition.objects.filter(subject=subject).select_related("audience")
    small = value.lower()
    names = sorted(
        {
            one.audience.name
            for one in conditions
            if not value or small in {part.lower() for part in one.value.split(PARTED)}
        }
    )
    if not names:
        return ""
    return _("Audiences ask for it: %(names)s. Change or delete them first.") % {
        "names": get_text_list(names[:5], _("and"))
    }
