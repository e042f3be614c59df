"""Rows as the database takes them: lines of text for PostgreSQL's COPY, parameters of INSERT elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

from django.db import connection
from django.db.models import CharField, DateTimeField, Field, JSONField, TextField, UUIDField

NULL = r"\N"


class Json(str):
    """JSON that is text already."""

    __slots__ = ()


class Form(Protocol):
    columns: tuple[str, ...]

    def fit(self, row: dict[str, Any]) -> Any:
        """One row, which names each column."""

    def together(self, rows: list[Any]) -> Any:
        """Many of them, as they are written."""


def form_of(fields: Sequence[Field[Any, Any]]) -> Form:
    return Lines(fields) if connection.vendor == "postgresql" else Parameters(fields)


# --- COPY -----------------------------------------------------------------------------------------

ABSENT = "\0"  # no text has it


class _Moments(dict[datetime | None, str]):
    """Written out once each: the moment of an end stands in a job, its result and its message."""

    def __missing__(self, at: datetime | None) -> str:
        self[at] = text = NULL if at is None else str(at)
        return text


_moments = _Moments()


class Lines:
    """Lines of COPY's text format (PostgreSQL's manual, COPY), made with few calls: a past has millions.

    Columns that are written alike stand side by side.
    """

    def __init__(self, fields: Sequence[Field[Any, Any]]) -> None:
        json_fields = [one for one in fields if isinstance(one, JSONField)]
        moments = [one for one in fields if isinstance(one, DateTimeField)]
        texts = [one for one in fields if _is_text(one)]
        others = [one for one in fields if not (one in json_fields or one in moments or one in texts)]
        self.columns = tuple(str(one.column) for one in (*texts, *others, *moments, *json_fields))
        self._texts, self._others, self._moments = (
            [one.attname for one in some] for some in (texts, others, moments)
        )
        self._json = [(one.attname, one.encoder) for one in json_fields]

    def fit(self, row: dict[str, Any]) -> str:
        words = [ABSENT if (text := row[name]) is None else text for name in self._texts]
        line = "\t".join(words).replace("\\", "\\\\")
        if "\n" in line or "\r" in line or line.count("\t") >= len(words):
            line = "\t".join([escaped(word) for word in words])
        values = [line.replace(ABSENT, NULL)] if words else []
        values += [NULL if (value := row[name]) is None else str(value) for name in self._others]
        values += [_moments[row[name]] for name in self._moments]
        values += [_json_line(row[name], encoder) for name, encoder in self._json]
        return "\t".join(values)

    def together(self, rows: list[str]) -> bytes:
        _moments.clear()  # a part is the same after whatever else
        return "\n".join([*rows, ""]).encode()


def _is_text(field: Field[Any, Any]) -> bool:
    """Also a key that is one, here or in another table."""
    return isinstance(getattr(field, "target_field", field), CharField | TextField | UUIDField)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _json_line(value: Any, encoder: type[json.JSONEncoder] | None) -> str:
    """JSON has no other sign that means something to COPY."""
    value = _as_json(encoder, value)
    return NULL if value is None else value.replace("\\", "\\\\")


# --- INSERT ---------------------------------------------------------------------------------------


class Parameters:
    def __init__(self, fields: Sequence[Field[Any, Any]]) -> None:
        self.columns = tuple(str(one.column) for one in fields)
        self._in_order = itemgetter(*(one.attname for one in fields))
        self._converted = [(place, how) for place, one in enumerate(fields) for how in _converters(one)]

    def fit(self, row: dict[str, Any]) -> list[Any]:
        values = list(self._in_order(row))
        for place, how in self._converted:
            values[place] = how(values[place])
        return values

    def together(self, rows: list[list[Any]]) -> list[list[Any]]:
        return rows


def _converters(field: Field[Any, Any]) -> Iterator[Callable[[Any], Any]]:
    """What makes a value of this column fit for the driver, where the driver does not know it."""
    if isinstance(field, JSONField):
        yield partial(_as_json, field.encoder)
    elif isinstance(field, DateTimeField):
        yield _as_sqlite_keeps_it
    elif isinstance(getattr(field, "target_field", field), UUIDField):  # a foreign key has one
        yield _without_dashes


def _as_json(encoder: type[json.JSONEncoder] | None, value: Any) -> Any:
    return value if value is None or type(value) is Json else json.dumps(value, cls=encoder)


def _as_sqlite_keeps_it(moment: datetime | None) -> str | None:
    """As Django writes it (`adapt_datetimefield_value`), in a tenth of the time."""
    return None if moment is None else str(moment.astimezone(connection.timezone).replace(tzinfo=None))


def _without_dashes(identity: str | None) -> str | None:
    return None if identity is None else identity.replace("-", "")
