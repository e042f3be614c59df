"""What a batch says of itself, in its reader's language: what it was made of, why it stopped, its name."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tasks_app.models import Batch, BatchItem
from tasks_app.notices.notice import shown


def made_of(batch: Batch) -> str:
    return str(shown(batch.words))


def made_of_key(key: Any) -> str:
    """The same of the batch with this key; "" where there is none."""
    try:
        batch = Batch.objects.filter(pk=key).first()
    except (ValidationError, ValueError, TypeError):
        return ""
    return made_of(batch) if batch else ""


def verdict_of(batch: Batch) -> str:
    """Why it stopped or waits; "" where there is nothing to say."""
    return str(shown(batch.verdict)) if batch.verdict else ""


def why(item: BatchItem) -> str:
    """What its class alone does not say: the effect, the re-run, what does not fit."""
    return str(shown(item.why)) if item.why else ""


def name_of(batch: Batch) -> str:
    return _("Batch: %(what)s") % {"what": made_of(batch)}
