"""Python values as the JSON that a row keeps, and back: kombu's, so that a message reads the same.

What a row cannot keep as it is is refused here, on every database alike and before anything is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from kombu.utils import json as kombu_json

from tasks_app.db.text import has_half, storable_text
from tasks_app.errors import CodedError
from tasks_app.ledger import causes
from tasks_app.notices import Notice, Wording, in_each_language

# What marks a dictionary of kombu's as a date, a UUID, … (kombu.utils.json).
TAG = "__type__"
# SQLite's JSON functions end at 1,000; every level of Celery's callbacks in callbacks takes some.
DEEPEST = 200
# A NUL as JSON writes it; an even number of backslashes before it would make it five plain characters.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_SCALARS = frozenset({bool, type(None)})
# Beyond these a value is written out to be looked at: together they stay below any JOB_VALUE_MAX.
_FEW, _SHORT, _NEAR = 32, 256, 2**63


class Unstorable(CodedError, ValueError):
    """What no row can keep as it is; its sentence says where it is, and what to do."""


def to_json(value: Any, *, most: int | None = None, given: Any = None) -> Any:
    """Plain JSON values; what JSON lacks (dates, UUIDs …) in kombu's tagged form.

    Raises Unstorable for what JSON or a database cannot keep as it is: NaN, NUL, half a surrogate pair, keys
    that are no texts, objects, more than DEEPEST levels or than `most` bytes (by default JOB_VALUE_MAX).
    `given` is the part of the value that callers decide, where that is not all of it.
    """
    if _is_flat(value):
        return value.copy()
    _refuse_shape(value if given is None else given)
    return json.loads(_text_of(value, settings.JOB_VALUE_MAX if most is None else most))


def from_json(value: Any) -> Any:
    """The inverse of `to_json`."""
    return value.copy() if _is_flat(value) else kombu_json.loads(json.dumps(value))


def _is_flat(value: Any) -> bool:
    """Whether this list or dictionary is the same in JSON and in Python, and small, as nearly all arguments
    are: writing it out and reading it again, which makes a copy, is half of what launching one of many costs.
    """
    if type(value) is dict:
        if TAG in value or not all(type(key) is str and _is_plain(key) for key in value):
            return False
        inner = list(value.values())
    elif type(value) is list:
        inner = value
    else:
        return False
    return len(inner) <= _FEW and all(map(_is_plain, inner))


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is str:
        return bool(value.isascii() and len(value) <= _SHORT and "\x00" not in value)
    return (kind is int and -_NEAR <= value < _NEAR) or kind in _SCALARS


def _text_of(value: Any, most: int) -> str:
    """As JSON; raises Unstorable."""
    try:
        text: str = kombu_json.dumps(value, allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
        if text.count("[") + text.count("{") > DEEPEST:
            _refuse_shape(json.loads(text))
    except Unstorable:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise Unstorable(_problem(value, error)) from error
    if "\\u0000" in text and _NUL.search(text):
        raise Unstorable(_problem(value, "NUL"))
    if TAG in text:
        _refuse_tags(text)
    if size > most:
        raise Unstorable(causes.TOO_LARGE(size=said_size(size), most=said_size(most)))
    return text


def said_size(size: int) -> dict[str, dict[str, str]]:
    """ "24.0 MB", as a cause keeps it: each of its readers has their own unit and comma."""
    return in_each_language(lambda: filesizeformat(size))


def _refuse_shape(value: Any, depth: int = 0) -> None:
    """What JSON would change in silence (keys), or what only a reader would stumble over (depth)."""
    if depth > DEEPEST:
        raise Unstorable(causes.TOO_DEEP(most=DEEPEST))
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                raise Unstorable(causes.KEY_IS_NO_TEXT(key=repr(key)[:100]))
            if isinstance(one, dict | list | tuple):
                _refuse_shape(one, depth + 1)
    elif isinstance(value, list | tuple):
        for one in value:
            if isinstance(one, dict | list | tuple):
                _refuse_shape(one, depth + 1)


def _refuse_tags(text: str) -> None:
    """What kombu's reader would stumble over, in the worker: a tag of ours that is none of its own."""
    try:
        kombu_json.loads(text)
    except Exception as error:  # whatever the type that is named makes of the value
        raise Unstorable(causes.TAG_UNREADABLE()) from error


# --- what is wrong, in words ---------------------------------------------------------------------


def _problem(value: Any, error: object) -> Notice:
    """Of the first value that is wrong, and where it is; of the error where none is found to be."""
    for wrong, cause in _FAULTS:
        for place in _places(value, wrong):
            return cause(where=place)
    return causes.NO_JSON(error=storable_text(str(error))[:300])


_FAULTS: list[tuple[Callable[[Any], bool], Wording]] = [
    (lambda one: isinstance(one, str) and "\x00" in one, causes.HOLDS_NUL),
    (lambda one: isinstance(one, str) and has_half(one), causes.HOLDS_HALF),
    (lambda one: isinstance(one, float) and not isfinite(one), causes.NOT_FINITE),
    (lambda one: isinstance(one, int) and one.bit_length() > 14_000, causes.LONG_NUMBER),
]


def _places(value: Any, wrong: Callable[[Any], bool], place: str = "") -> Iterator[str]:
    """Where values and keys are wrong, as Python would write the way to them: `['to'][0]`."""
    if isinstance(value, dict):
        for key, one in value.items():
            if wrong(key):
                yield place + _(" a key")
            yield from _places(one, wrong, f"{place}[{storable_text(str(key))[:50]!r}]")
    elif isinstance(value, list | tuple):
        for at, one in enumerate(value):
            yield from _places(one, wrong, f"{place}[{at}]")
    elif wrong(value):
        yield place or "."
