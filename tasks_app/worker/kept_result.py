"""What is kept of a result: no more than pages and callers can carry, in characters that can be shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from celery import states
from django.conf import settings
from kombu.exceptions import EncodeError

from tasks_app.ledger import causes
from tasks_app.ledger.json_values import said_size

# In the place of a result that was cut: how large it was, what is kept at most, and how it began.
CUT = "result_cut"
BEGINNING = 1_000  # characters
SAID = 5  # of an exception's arguments
# Escapes of JSON: whole pairs, halves of pairs, NUL, and any other (a backslash escapes the next one too).
_ESCAPES = re.compile(
    r"\\(?:u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<lost>d[89a-f][0-9a-f]{2}|0000))|.)"
)


def kept_result(
    encoded: str, result: Any, status: str, encode: Callable[[Any], tuple[str, str, str]], *, has_next: bool
) -> str:
    """The JSON that a result's row keeps, from what Celery made of it (`encoded`).

    Halves of characters and NUL become U+FFFD. What is larger than JOB_VALUE_MAX is cut, and says so; raises
    EncodeError where something waits for it (`has_next`), which would go on with another value.
    """
    kept = showable(encoded)
    size, most = len(kept), settings.JOB_VALUE_MAX
    if size <= most:
        return kept
    if status in states.EXCEPTION_STATES:
        return showable(encode(_shorter_error(result))[2])
    if has_next:
        raise EncodeError(causes.RESULT_TOO_LARGE(size=said_size(size), most=said_size(most)))
    return encode({CUT: {"bytes": size, "most": most, "begins": kept[:BEGINNING]}})[2]


def showable(encoded: str) -> str:
    """ASCII JSON without halves of characters and NUL, which no page and no database can hold."""
    if "\\ud" not in encoded and "\\u0000" not in encoded:
        return encoded
    return _ESCAPES.sub(lambda found: r"\ufffd" if found["lost"] else found[0], encoded)


def _shorter_error(result: Any) -> Any:
    """An exception as Celery keeps it, with the beginning of what it says."""
    told = result.get("exc_message") if isinstance(result, dict) else result
    parts = [str(part)[:BEGINNING] for part in (told if isinstance(told, list | tuple) else [told])[:SAID]]
    return result | {"exc_message": [*parts, "…"]} if isinstance(result, dict) else parts
