"""An audience as it is at one moment becomes rows of a mailing, one a person; its text is taken down with it.

The database copies them by itself, a step at a time, each in one transaction with the place it has come to:
whoever goes on after a death goes on there, and two at once take turns. Nothing is held in memory.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Lower
from django.utils import timezone

from backoffice.audiences.people import people_of
from backoffice.mailings.digest import digest_of
from backoffice.models import (
    Audience,
    AudienceKind,
    Mailing,
    MailingPerson,
    MailingState,
    Recipient,
)
from tasks_app.db import shared_time

STEP = 10_000  # people
COLUMNS = (
    *("mailing", "recipient", "email", "address", "name", "company", "language", "zone", "values", "active"),
)


def freeze(mailing: Mailing) -> int:
    """All of it, from where it has come; how many people it has. Raises InvalidCondition."""
    begin(mailing)
    while step(mailing.pk):
        pass
    mailing.refresh_from_db()
    return mailing.people


def begin(mailing: Mailing) -> bool:
    """Whether this call began it; raises InvalidCondition where its audience asks for what is gone."""
    audience = _audience_of(mailing)
    people_of(audience)
    return bool(
        Mailing.objects.filter(pk=mailing.pk, state=MailingState.DRAFT).update(
            state=MailingState.FREEZING,
            frozen_as_of=shared_time.now(),
            audience_name=audience.name,
            reason="",
            **_text_of(mailing),
        )
    )


def _text_of(mailing: Mailing) -> dict[str, Any]:
    """What its people will read, and by whom; nothing yet where it has no template."""
    template = mailing.template
    if template is None:
        return {}
    return {
        "template_name": template.name,
        "subject": template.subject,
        "text": template.text,
        "html": template.html,
        "variables": dict(template.variables.values_list("name", "value")),
        "sender": settings.DEFAULT_FROM_EMAIL,
        "company": settings.COMPANY_NAME,
    }


def step(mailing_id: int) -> bool:
    """Take down the next people; whether there may be more. Raises InvalidCondition."""
    with transaction.atomic():
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        if mailing.state != MailingState.FREEZING:
            return False
        audience = _audience_of(mailing)
        beyond = _in_time(people_of(audience), mailing).filter(pk__gt=mailing.frozen_until)
        last = beyond.order_by("pk")[:STEP].aggregate(last=Max("pk"))["last"]
        if last is None:
            _finish(mailing)
            return False
        _copy(mailing, audience, beyond.filter(pk__lte=last).order_by("pk"))
        Mailing.objects.filter(pk=mailing_id).update(frozen_until=last)
    return True


def _audience_of(mailing: Mailing) -> Audience:
    if mailing.audience is None:
        raise Audience.DoesNotExist(mailing.audience_name)
    return mailing.audience


def _in_time(people: QuerySet[Any], mailing: Mailing) -> QuerySet[Any]:
    """Without recipients who were added after it began; a file's people never change."""
    return people.filter(created_at__lte=mailing.frozen_as_of) if people.model is Recipient else people


def _finish(mailing: Mailing) -> None:
    mailing.people = MailingPerson.objects.filter(mailing=mailing).count()
    mailing.digest = digest_of(mailing)
    mailing.state, mailing.frozen_at = MailingState.FROZEN, timezone.now()
    mailing.save(update_fields=["people", "digest", "state", "frozen_at"])


def _copy(mailing: Mailing, audience: Audience, people: QuerySet[Any]) -> None:
    """By one statement. An address that is there already, however it was spelled, is not a second time."""
    own = _of_lines() if audience.kind == AudienceKind.FILE else _of_recipients()
    given = {"mailing": Value(mailing.pk), **own}
    selected = people.annotate(**{f"frozen_{name}": given[name] for name in COLUMNS}).values_list(
        *(f"frozen_{name}" for name in COLUMNS)
    )
    sql, params = selected.query.sql_with_params()
    columns = {field.name: str(field.column) for field in MailingPerson._meta.concrete_fields}
    quoted = ", ".join(connection.ops.quote_name(columns[name]) for name in COLUMNS)
    table = connection.ops.quote_name(MailingPerson._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({quoted}) {sql} ON CONFLICT DO NOTHING", params)


def _of_recipients() -> dict[str, Any]:
    return {
        "recipient": F("pk"),
        "address": Lower("email"),
        "values": F("own"),
        **{name: F(name) for name in ("email", "name", "company", "language", "zone", "active")},
    }


def _of_lines() -> dict[str, Any]:
    """Of a file: with the recipient of that address, where there is one."""
    same = Recipient.objects.alias(small=Lower("email")).filter(small=OuterRef("address"))
    return {
        "recipient": Subquery(same.values("pk")[:1]),
        "active": ~Exists(same.filter(active=False)),
        **{name: F(name) for name in ("email", "address", "name", "company", "language", "zone", "values")},
    }
