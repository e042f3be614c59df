"""How counted values look, and which row each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice.reports.formatting import duration, shown
from backoffice.reports.mail_rows import LABELS
from backoffice.reports.sources.population import MICROSECONDS, Values
from backoffice.reports.sources.source import Counted, Form, Source
from tasks_app.admin.things import things
from tasks_app.catalogue import label_of
from tasks_app.display import when
from tasks_app.models import State
from tasks_app.notices import say_in_general

NOTHING = "–"
CLASS = "class:"  # a cause from before there were codes


@dataclass
class Line:
    """One row: where it is now, what was counted of it, and what is otherwise since."""

    name: str
    url: str  # "" where it is gone, or not for this person
    cells: list[Any]
    is_gone: bool = False
    came: bool = False  # it was not among them then
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)  # label, then, now


def lines_of(
    request: HttpRequest, source: Source, rows: Sequence[tuple[str, Values | None, Values | None]]
) -> list[Line]:
    """Of (id, values then, values now), in their order."""
    urls = _urls(request, source, [key for key, _then, _now in rows])
    return [_line(source, key, then, now, urls.get(key, "")) for key, then, now in rows]


def shown_columns(source: Source) -> list[Counted]:
    return [column for column in source.columns if column.is_shown]


def value_of(column: Counted, value: Any) -> Any:
    """As people read it."""
    if value is None or value == "":
        return NOTHING
    match column.form:
        case Form.MOMENT:
            return when(datetime.fromtimestamp(value / MICROSECONDS, UTC))
        case Form.SPAN:
            return duration(timedelta(microseconds=value))
        case Form.DAY:
            return shown(date.fromisoformat(value))
        case Form.TASK:
            return label_of(value)
        case Form.JOB_STATE:
            return State(value).label if value in State else value
        case Form.EMAIL_STATE:
            return LABELS.get(value, value)
        case Form.CAUSE:
            return value.removeprefix(CLASS).rpartition(".")[2] if CLASS in value else say_in_general(value)
        case Form.YES:
            return _("yes") if value else _("no")
        case _:
            return value


def _line(source: Source, key: str, then: Values | None, now: Values | None, url: str) -> Line:
    counted = then if then is not None else now or ()
    pairs = list(zip(source.columns, counted, strict=True))
    cells = [value_of(column, value) for column, value in pairs if column.is_shown]
    line = Line(_name_of(source, key), url, cells, is_gone=now is None, came=then is None)
    if then is not None and now is not None:
        line.changes = [
            (str(column.label), value_of(column, was), value_of(column, is_now))
            for column, was, is_now in zip(source.columns, then, now, strict=True)
            if was != is_now
        ]
    return line


def _name_of(source: Source, key: str) -> str:
    model, pk = source.row(key)
    return f"{str(model._meta.verbose_name).capitalize()} {str(pk)[:8]}"


def _urls(request: HttpRequest, source: Source, keys: Sequence[str]) -> dict[str, str]:
    """The pages of those that are there, and that this person may see."""
    by_model: dict[type[Model], dict[str, Any]] = {}
    for key in keys:
        model, pk = source.row(key)
        by_model.setdefault(model, {})[key] = pk
    found: dict[str, str] = {}
    for model, some in by_model.items():
        named = things(request, model, some.values())
        found |= {key: one.url for key, one in zip(some, named, strict=True)}
    return found
