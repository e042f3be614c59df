"""The columns of a list: asked once what they are, so that a cell costs little more than its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import Field, Model
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.utils import display_for_field, display_for_value

from tasks_app.admin.layout import Layout, Place

TICK = "action_checkbox"
NOTHING = frozenset({"", "–", "-"})  # cells that a card leaves out


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    place: Place
    is_wide: bool
    is_link: bool
    read: Callable[[Model], Any]  # what Django would show of a row, not yet escaped

    def text(self, row: Model) -> str:
        return conditional_escape(self.read(row))


def columns_of(cl: ChangeList) -> list[Column]:
    layout = layout_of(cl)
    return [_column(cl, layout, item, number) for number, item in enumerate(cl.list_display)]


def layout_of(cl: ChangeList) -> Layout:
    """The ModelAdmin's own; else its first column is the title."""
    own: Layout | None = getattr(cl.model_admin, "layout", None)
    names = [name_of(item, number) for number, item in enumerate(cl.list_display)]
    shown = [name for name in names if name != TICK]
    return own or Layout(title=next(iter(linked(cl) or shown), ""))


def linked(cl: Any) -> list[str]:
    """The columns that lead to the row's page."""
    if cl.list_display_links is None:
        return []
    names = [name_of(item, number) for number, item in enumerate(cl.list_display)]
    return list(cl.list_display_links) or [name for name in names if name != TICK][:1]


def name_of(item: Any, number: int) -> str:
    """A column may be a function without a name that is its own."""
    if isinstance(item, str):
        return item
    name = getattr(item, "__name__", "")
    return name if name and name != "<lambda>" else f"column-{number}"


def _column(cl: ChangeList, layout: Layout, item: Any, number: int) -> Column:
    name = name_of(item, number)
    field = _field(cl, item)
    place = Place.TICK if name == TICK else layout.place_of(name)
    return Column(
        name=name,
        label="" if place is Place.TICK else capfirst(str(label_for_field(item, cl.model, cl.model_admin))),
        place=place,
        is_wide=layout.is_wide(name),
        is_link=name in linked(cl),
        read=_reader(cl, item, field),
    )


def _field(cl: ChangeList, item: Any) -> Field[Any, Any] | None:
    """The model's own field of that name."""
    if not isinstance(item, str):
        return None
    try:
        found = cl.opts.get_field(item)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _reader(cl: ChangeList, item: Any, field: Field[Any, Any] | None) -> Callable[[Model], Any]:
    empty = cl.model_admin.get_empty_value_display()
    if field is not None:
        return _reader_of_field(field, empty)
    own = getattr(cl.model_admin, item, None) if isinstance(item, str) else item
    method = own if callable(own) else None
    empty = getattr(method or getattr(cl.model, str(item), None), "empty_value_display", empty)
    boolean = bool(getattr(method, "boolean", False))

    def read(row: Model) -> Any:
        try:
            value = method(row) if method else getattr(row, item)
        except ObjectDoesNotExist:
            return empty
        if isinstance(value, SafeString):
            return value
        value = value() if method is None and callable(value) else value
        return display_for_value(value, empty, boolean)

    return read


def _reader_of_field(field: Field[Any, Any], empty: str) -> Callable[[Model], Any]:
    related = field.remote_field is not None

    def read(row: Model) -> Any:
        try:
            value = getattr(row, field.name)
        except ObjectDoesNotExist:
            return empty
        if related:
            return empty if value is None else value
        return display_for_field(value, field, empty)

    return read
