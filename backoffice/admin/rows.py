"""The form of one row in a table of rows (an inline): its cells carry their names."""

from __future__ import annotations

from typing import Any

from django import forms


class RowForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    """The table's head names a column for eyes alone: whoever hears the page hears each cell's name."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs.setdefault("aria-label", field.label)
