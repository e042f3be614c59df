"""Python values as the JSON that a row keeps, and back: kombu's, so that a message reads the same."""

from __future__ import annotations

import json
from typing import Any

from kombu.utils import json as kombu_json

# What marks a dictionary of kombu's as a date, a UUID, … (kombu.utils.json).
TAG = "__type__"
_SCALARS = frozenset({int, bool, type(None)})


def to_json(value: Any) -> Any:
    """Plain JSON values; what JSON lacks (dates, UUIDs …) in kombu's tagged form.

    Raises ValueError for what neither JSON nor a database takes (NaN, half a surrogate pair), TypeError for
    what has no form in JSON.
    """
    if _is_flat(value):
        return value.copy()
    text = kombu_json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    return json.loads(text)


def from_json(value: Any) -> Any:
    """The inverse of `to_json`."""
    return value.copy() if _is_flat(value) else kombu_json.loads(json.dumps(value))


def _is_flat(value: Any) -> bool:
    """Whether this list or dictionary is the same in JSON and in Python, as nearly all arguments are: writing
    it out and reading it again, which makes a copy, is half of what launching one of many costs."""
    if type(value) is dict:
        names = all(type(key) is str and key.isascii() for key in value)
        return names and TAG not in value and _is_flat([*value.values()])
    return type(value) is list and all(
        type(one) in _SCALARS or (type(one) is str and one.isascii()) for one in value
    )
