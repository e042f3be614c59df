"""A column for searches of a small table: other columns of its row, folded, written with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models

from tasks_app.db.folding import searchable


class FoldedField(models.TextField):  # type: ignore[type-arg]  # a field takes no parameters when it runs
    """Whatever is saved or created in bulk; what update() and raw fixtures write comes in by `refolding`.

    For the database, and so for migrations, it is a plain TextField.
    """

    def __init__(self, *args: Any, of: Sequence[str] = (), **options: Any) -> None:
        # The database's own default is for processes of the version before, which know of no such column.
        own: dict[str, Any] = {"blank": True, "editable": False, "default": "", "db_default": ""}
        super().__init__(*args, **own | options)
        self.of = tuple(of)

    def folded(self, row: Any) -> str:
        return searchable(_words(getattr(row, name)) for name in self.of)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.folded(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


def _words(value: Any) -> str:
    """Of a column of named values, these alone."""
    return "\n".join(map(str, value.values())) if isinstance(value, dict) else str(value or "")
