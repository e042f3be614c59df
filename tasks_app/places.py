"""A place in a list as its address says it: after a row, before one, its end, or a day.

A row is named by the values that it is ordered by, not by its id alone: a link still leads to the same place
when the row is gone.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Unreadable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Field, Model
from django.http import QueryDict
from django.utils.dateparse import parse_date

from tasks_app.db.keyset import Key, Order
from tasks_app.zones import LAST as LATEST
from tasks_app.zones import aware

AFTER, BEFORE, LAST, DAY = "after", "before", "last", "day"
NAMES = (AFTER, BEFORE, LAST, DAY)
LONGEST = 2_000  # characters
TICK = timedelta(microseconds=1)  # of both databases


@dataclass(frozen=True)
class Place:
    key: Key = ()
    backwards: bool = False  # what stands before the key; without one the end of the list


def asked(given: QueryDict) -> str:
    """The first of the parameters that name a place; "" for the beginning of the list."""
    return next((name for name in NAMES if given.get(name)), "")


def place_of(given: QueryDict, order: Order) -> Place:
    """Raises ValueError for a place that is none of this order."""
    name = asked(given)
    if name in (AFTER, BEFORE):
        return Place(key_of(str(given[name]), order), name == BEFORE)
    if name == DAY:
        return Place(_beginning(str(given[DAY]), order))
    return Place(backwards=name == LAST)


def has_days(order: Order) -> bool:
    return isinstance(order.columns[0], DateTimeField)


def is_day(text: str) -> bool:
    try:
        return parse_date(text) is not None
    except ValueError:
        return False


# --- Rows --------------------------------------------------------------------------------------


def text_of(row: Model, order: Order) -> str:
    values = {
        column.attname: None if value is None else column.value_to_string(row)
        for column, value in zip(order.columns, order.key_of(row), strict=True)
    }
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def key_of(text: str, order: Order) -> Key:
    """Raises ValueError for what `text_of` never made of a row in this order."""
    try:
        values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (Unreadable, ValueError, RecursionError) as error:
        raise ValueError(text) from error
    names = [column.attname for column in order.columns]
    if not isinstance(values, dict) or list(values) != names:
        raise ValueError(text)
    return tuple(_value(column, values[column.attname]) for column in order.columns)


def _value(column: Field[Any, Any], text: Any) -> Any:
    if text is None and column.null:
        return None
    if not isinstance(text, str) or "\0" in text or not _is_sayable(text):
        raise ValueError(text)
    try:
        value = column.to_python(text)
        column.run_validators(value)
    except (ValidationError, ArithmeticError) as error:
        raise ValueError(text) from error
    if value is None or (isinstance(value, datetime) and value != aware(value)):
        raise ValueError(text)
    return value


def _is_sayable(text: str) -> bool:
    """No half of a character, which no database takes."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


# --- Days --------------------------------------------------------------------------------------


def _beginning(text: str, order: Order) -> Key:
    """Just before the first row of the day, in local time: its last moment where the list descends."""
    day = parse_date(text)
    if day is None or not has_days(order):
        raise ValueError(text)
    return (end_of(text),) if order.descending else (_midnight(day) - TICK,)


def end_of(text: str) -> datetime:
    """The first moment after the day; raises ValueError for what is no day."""
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return _midnight(day + timedelta(days=1)) if day < date.max else LATEST


def _midnight(day: date) -> datetime:
    return aware(datetime.combine(day, time.min))
