"""Sections and their values as JSON, and back: numbers stay numbers, and days days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from backoffice.reports import sections
from backoffice.reports.selection import Selection

KIND = "$"  # names what a JSON object stands for
CLASSES: dict[str, type] = {
    one.__name__: one
    for one in (
        sections.Share,
        sections.Badge,
        sections.Code,
        sections.Stacked,
        sections.Column,
        sections.Figure,
        sections.Series,
        sections.Figures,
        sections.Chart,
        sections.Table,
        sections.Words,
        sections.Pair,
        sections.Definitions,
        Selection,
    )
}
READERS: dict[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "span": lambda parts: timedelta(*parts),
    "set": frozenset,
    "markup": mark_safe,  # by our own code: a report's type made it
}


def encode(value: Any) -> Any:
    """What JSON can say of it; a sentence of several languages is said in the one of now."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return encode(value.value)
        case SafeString():
            return {KIND: "markup", "is": str(value)}
        case str():
            return str(value)
        case datetime():
            return {KIND: "datetime", "is": value.isoformat()}
        case date():
            return {KIND: "date", "is": value.isoformat()}
        case timedelta():
            return {KIND: "span", "is": [value.days, value.seconds, value.microseconds]}
        case list() | tuple():
            return [encode(one) for one in value]
        case set() | frozenset():
            return {KIND: "set", "is": sorted((encode(one) for one in value), key=repr)}
        case _ if is_dataclass(value) and type(value).__name__ in CLASSES:
            said = ((one, getattr(value, one.name)) for one in fields(value))
            named = {one.name: encode(given) for one, given in said if not _is_usual(one, given)}
            return {KIND: type(value).__name__, **named}
        case _:
            return str(value)


def decode(value: Any) -> Any:
    """The reverse; what a later version knew and this one does not is left out."""
    match value:
        case list():
            return [decode(one) for one in value]
        case {"$": str(kind), "is": given} if kind in READERS:
            return READERS[kind](given)
        case {"$": str(kind)} if kind in CLASSES:
            return _made(CLASSES[kind], value)
        case _:
            return value


def rows_as_json(rows: Iterable[Any]) -> list[Any]:
    return [[encode(value) for value in row] for row in rows]


def _made(kind: type, given: dict[str, Any]) -> Any:
    known = {one.name for one in fields(kind)}
    named = {name: decode(value) for name, value in given.items() if name in known}
    if kind is Selection:
        for name in ("where", "unless"):
            named[name] = tuple((column, values) for column, values in named.get(name, ()))
    return kind(**named)


def _is_usual(field: Field[Any], value: Any) -> bool:
    return (
        field.default is not MISSING and bool(value == field.default) and type(value) is type(field.default)
    )
