"""Recipients, audiences and files for these tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User

from backoffice.audiences import uploading
from backoffice.audiences.people import people_of
from backoffice.models import Audience, AudienceCondition, AudienceKind, Recipient
from backoffice.people_lists import importing
from backoffice.people_lists.own import tags_called


def a_recipient(mailbox: str, tags: Iterable[str] = (), **fields: Any) -> Recipient:
    one = Recipient.objects.create(email=f"{mailbox}@example.org", **fields)
    one.tags.set(tags_called(tags).values())
    return one


def an_audience(owner: User, *conditions: tuple[str, str, str], **fields: Any) -> Audience:
    made = Audience.objects.create(**{"name": "Everybody we mean", "owner": owner} | fields)
    for subject, comparison, value in conditions:
        AudienceCondition.objects.create(audience=made, subject=subject, comparison=comparison, value=value)
    return made


def found(audience: Audience) -> list[str]:
    """By the first part of their addresses."""
    return sorted(one.email.partition("@")[0] for one in people_of(audience))


def uploaded(owner: User, content: str | bytes, name: str = "From a file") -> Audience:
    given = content.encode() if isinstance(content, str) else content
    kept = importing.keep(given, "people.csv", owner)
    return uploading.carry_out(kept, Audience(name=name, owner=owner, kind=AudienceKind.FILE))
