"""The templates a fresh installation has, from `fixtures/templates.json` and the texts beside it."""

from __future__ import annotations

import json
from typing import TypedDict

from django.conf import settings
from django.db import transaction

from backoffice.models import EmailTemplate, TemplateVariable

FOLDER = settings.BASE_DIR / "fixtures"


class Word(TypedDict):
    name: str
    value: str
    sample: str


class Shipped(TypedDict):
    """One entry; its text and HTML are `templates/<slug>.txt` and `.html`."""

    slug: str
    name: str
    subject: str
    variables: list[Word]


def seed_templates() -> list[str]:
    """Make the shipped templates where there is none at all; later only an absent default one.

    Returns the names of those made. Nothing a person edited or deleted is ever put back, but for the
    default template, without which "Send an email" has nothing to say.
    """
    fresh = not EmailTemplate.objects.exists()
    missing = [one for one in shipped() if fresh or _is_absent_default(one)]
    with transaction.atomic():
        for one in missing:
            _make(one)
    return [one["name"] for one in missing]


def shipped() -> list[Shipped]:
    entries: list[Shipped] = json.loads((FOLDER / "templates.json").read_text(encoding="utf-8"))
    return entries


def _is_absent_default(one: Shipped) -> bool:
    is_default = one["slug"] == settings.DEFAULT_EMAIL_TEMPLATE
    return is_default and not EmailTemplate.objects.filter(slug=one["slug"]).exists()


def _make(one: Shipped) -> None:
    body = FOLDER / "templates" / one["slug"]
    template = EmailTemplate.objects.create(
        slug=one["slug"],
        name=one["name"],
        subject=one["subject"],
        text=body.with_suffix(".txt").read_text(encoding="utf-8"),
        html=body.with_suffix(".html").read_text(encoding="utf-8"),
    )
    TemplateVariable.objects.bulk_create(
        TemplateVariable(template=template, **word) for word in one["variables"]
    )
