"""FoldedFields kept right: what update(), fixtures and processes of the version before wrote beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model

from tasks_app.db.folded_field import FoldedField
from tasks_app.db.pages import in_pages


def refold(after_page: Callable[[], object] = lambda: None) -> int:
    """Write anew those that do not say what their rows do; how many that were."""
    return sum(
        _refold(model, field, after_page) for model in apps.get_models() for field in _folded_fields(model)
    )


def _folded_fields(model: type[Model]) -> Iterator[FoldedField]:
    return (field for field in model._meta.concrete_fields if isinstance(field, FoldedField))


def _refold(model: type[Model], field: FoldedField, after_page: Callable[[], object]) -> int:
    count, rows = 0, model._default_manager.only("pk", field.name, *field.of)
    for page in in_pages(rows):
        for row in page:
            count += _mend(model, field, row)
        after_page()
    return count


def _mend(model: type[Model], field: FoldedField, row: Any) -> int:
    """Where nobody wrote it meanwhile."""
    stored, folded = getattr(row, field.attname), field.folded(row)
    if stored == folded:
        return 0
    same = {name: getattr(row, name) for name in (field.attname, *field.of)}
    return model._default_manager.filter(pk=row.pk, **same).update(**{field.attname: folded})
