"""Values as JSON between the child and who asked.

What JSON has no word for is a pair of a letter and a text."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    match value:
        case None | bool() | str() | float():
            return value
        case int() if abs(value) < 2**63:
            return value
        case int() | Decimal():
            return ["n", str(value)]
        case datetime():
            return ["m", value.isoformat()]
        case date():
            return ["d", value.isoformat()]
        case timedelta():
            return ["s", str(value.total_seconds())]
        case bytes() | memoryview():
            return f"({len(value)} bytes)"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def value_of(given: Any) -> Any:
    """The reverse of `plain`."""
    if not isinstance(given, list):
        return given
    kind, text = given
    match kind:
        case "n":
            return Decimal(text)
        case "m":
            return datetime.fromisoformat(text)
        case "d":
            return date.fromisoformat(text)
        case _:
            return timedelta(seconds=float(text))
