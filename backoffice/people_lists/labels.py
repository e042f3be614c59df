"""What our columns are called, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.text import capfirst

from backoffice.people_lists.columns import FIELDS
from backoffice.people_lists.own import Fields
from backoffice.people_lists.values import field_of


def label_of(name: str, own: Fields) -> Any:
    """Of a field of ours, said when it is read; or of the house's own."""
    return own[name].label if name in own else capfirst(field_of(name).verbose_name)


def labels() -> list[str]:
    """Of the columns that every list may have."""
    return [str(label_of(name, {})) for name in FIELDS]
