"""What a task's message may be, whoever sent it: Celery and the tables trust its parts unseen.

https://docs.celeryq.dev/en/stable/internals/protocol.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from tasks_app.db.text import is_storable, storable_text

LARGEST_COUNT = 2**31 - 1  # of a column
LARGEST_KEY = 2**63 - 1
LONGEST_LIMIT = 366 * 24 * 3600  # seconds; of a job's run
# Said in its reader's language: a worker writes down what others read.
type Words = str | Promise
_filled_in: Callable[[str | Promise, Mapping[str, Any]], Words] = lazy(operator.mod, str)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_@][A-Za-z0-9]{2,8})*")


def wrong_header(headers: Mapping[str, Any]) -> Words:
    """What is wrong with the first header that is not what Celery's protocol and our rows have there, in a
    sentence; "" where nothing is."""
    for name, value in headers.items():
        if value is None or name not in _RULES:
            continue
        is_right, expected = _RULES[name]
        if not is_right(value):
            about = {"name": name, "value": storable_text(repr(value))[:100], "expected": expected}
            return _filled_in(_("The header “%(name)s” is %(value)s. It takes %(expected)s."), about)
    return ""


def wrong_part(headers: Mapping[str, Any], body: Any) -> Words:
    """Of a message of protocol 2, the same of its id, its headers and its decoded body."""
    if not headers.get("id"):
        return _("It has no id.")
    if any(name.startswith("_") for name in headers):
        return _("A header's name begins with “_”: those are Celery's own.")
    return wrong_header(headers) or wrong_body(body)


def wrong_body(body: Any) -> Words:
    """The same of a decoded body: arguments by position, by name, and what goes with them."""
    if not isinstance(body, list | tuple) or len(body) != 3:
        return _("Its body is not a list of three: arguments, arguments by name, options.")
    args, kwargs, embed = body
    if not isinstance(args, list | tuple):
        return _("Its arguments are no list.")
    if not isinstance(kwargs, dict) or not all(isinstance(name, str) for name in kwargs):
        return _("Its arguments by name are no object.")
    if embed is not None and not isinstance(embed, dict):
        return _("Its options are no object.")
    for name, is_right in _EMBEDDED.items():
        value = (embed or {}).get(name)
        if value is not None and not is_right(value):
            return _filled_in(
                _("“%(name)s” among its options is not what Celery writes there."), {"name": name}
            )
    return ""


def wrong_queue(name: str) -> Words:
    """The same of a queue's name."""
    if name and is_storable(name):
        return ""
    about = {"name": storable_text(repr(name))[:100]}
    return _filled_in(_("A queue has a name of 1 to 255 characters, and not %(name)s."), about)


def _is_name(value: Any) -> bool:
    return is_storable(value) and value != ""


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_COUNT


def _is_key(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_KEY


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_limits(value: Any) -> bool:
    """Hard and soft, in seconds; Celery takes an empty list for none."""
    return isinstance(value, list | tuple) and (
        not value or (len(value) == 2 and all(one is None or _is_seconds(one) for one in value))
    )


def _is_seconds(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value) and 0 <= value <= LONGEST_LIMIT


def _is_moment(value: Any) -> bool:
    return isinstance(value, str | datetime)  # read by Celery, which says what it cannot read


def _is_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


def _is_language(value: Any) -> bool:
    return isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None


def _is_signature(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("task"), str)


def _are_signatures(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_signature, value))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


# What follows from a task: in its body's third part, or, of protocol 1, beside the arguments.
_EMBEDDED: dict[str, Callable[[Any], bool]] = {
    "callbacks": _are_signatures,
    "errbacks": _are_signatures,
    "chain": _are_signatures,
    "chord": _is_signature,
}
_OBJECT = (_is_object, _("an object"))
_NAME = (_is_name, _("a text of 1 to 255 characters"))
_ID = (is_storable, _("a text of at most 255 characters"))
_COUNT = (_is_count, _("a whole number from 0"))
_TEXT = (_is_text, _("a text"))
_MOMENT = (_is_moment, _("a moment such as 2026-03-29T02:30:00+01:00"))

_RULES: dict[str, tuple[Callable[[Any], bool], str | Promise]] = {
    "id": _NAME,
    "task": _NAME,
    "root_id": _ID,
    "parent_id": _ID,
    "group": _ID,
    "retries": _COUNT,
    "replaced_task_nesting": _COUNT,
    "group_index": _COUNT,
    "timelimit": (_is_limits, _("two numbers of seconds, each of which may be null")),
    "eta": _MOMENT,
    "expires": _MOMENT,
    "shadow": _TEXT,
    "lang": _TEXT,
    "origin": _TEXT,
    "argsrepr": _TEXT,
    "kwargsrepr": _TEXT,
    "stamped_headers": (_is_texts, _("a list of texts")),
    "stamps": _OBJECT,
    "headers": _OBJECT,
    # Celery reads these of its request, where headers are attributes: no sender writes them.
    "is_eager": (lambda value: value is False, _("nothing: it is not for senders")),
    "meta": _OBJECT,
    "periodic_task_name": _ID,
    "job_late_after": _COUNT,
    "job_too_long_after": _COUNT,
    "job_most_retries": _COUNT,
    **{name: (is_right, _("tasks that follow")) for name, is_right in _EMBEDDED.items()},
    # Ours (message_codec).
    "job_by": (_is_key, _("the number of a person")),
    "job_schedule": (_is_key, _("the number of a schedule")),
    "job_slot": _MOMENT,
    "job_language": (_is_language, _("a language such as fr")),
}
