"""Rows as the database takes them: lines of text for PostgreSQL's COPY, parameters of INSERT elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

from django.db import connection
from django.db.models import DateTimeField, Field, JSONField, UUIDField

NULL = r"\N"
SHORT = 32  # characters of words that come again and again; a UUID has 36
REMEMBERED = 50_000  # of them: addresses of recipients are among them


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


class _Words(dict[Any, str]):
    """Values as COPY has them in its text (PostgreSQL's manual, COPY, “Text Format”).

    A past has millions of rows and few words: what is short is written out once. That 1 and True are the
    same key does no harm, PostgreSQL takes 1 for true.
    """

    def __missing__(self, value: Any) -> str:
        text = escaped(str(value))
        if len(text) < SHORT and len(self) < REMEMBERED:
            self[value] = text
        return text


_words = _Words({None: NULL, True: "1", False: "0"})


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


class Lines:
    """The columns in groups that are written alike: a row is three loops over them, and nothing is called."""

    def __init__(self, fields: Sequence[Field[Any, Any]]) -> None:
        json_fields = [one for one in fields if isinstance(one, JSONField)]
        moments = [one for one in fields if isinstance(one, DateTimeField)]
        plain = [one for one in fields if one not in json_fields and one not in moments]
        self._plain, self._moments = ([one.attname for one in some] for some in (plain, moments))
        self._json = [(one.attname, one.encoder) for one in json_fields]
        self.columns = tuple(str(one.column) for one in (*plain, *moments, *json_fields))

    def fit(self, row: dict[str, Any]) -> str:
        words = [_words[row[name]] for name in self._plain]
        words += [NULL if (at := row[name]) is None else str(at) for name in self._moments]
        words += [_json(row[name], encoder) for name, encoder in self._json]
        return "\t".join(words)

    def together(self, rows: list[str]) -> bytes:
        return "\n".join([*rows, ""]).encode()


def _json(value: Any, encoder: type[json.JSONEncoder] | None) -> str:
    if value is None:
        return NULL
    return escaped(value if type(value) is Json else json.dumps(value, cls=encoder))


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
