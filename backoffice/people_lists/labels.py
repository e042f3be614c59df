"""What our columns are called, in the reader's language."""

from __future__ import annotations

from django.utils.text import capfirst

from backoffice.people_lists.columns import FIELDS
from backoffice.people_lists.own import Fields
from backoffice.people_lists.values import field_of


def label_of(name: str, own: Fields) -> str:
    """Of a field of ours, or of the house's own."""
    return own[name].label if name in own else capfirst(str(field_of(name).verbose_name))


def labels() -> list[str]:
    """Of the columns that every list may have."""
    return [label_of(name, {}) for name in FIELDS]
