"""Secret arguments are masked in whatever is told of their job: errors, log lines, events.

A body may put an argument into its exception, and a library into its own: the values are looked for,
wherever they stand. The arguments themselves are hidden by name, in `ledger.message_codec` and
`admin.job_arguments`. Log lines ask here before Django or Celery is loaded: this file imports neither.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MASK = "•••"
# As people write them, an "@" in the password too; the last one before the host ends it.
PASSWORD_IN_URL = re.compile(r"(?P<before>\b[\w+]+://[^\s:/@'\"]*:)[^\s/'\"]+(?=@)")
# A web address that is opened by a name alone, as Sentry's is, has its key there.
KEY_IN_URL = re.compile(r"(?P<before>\bhttps?://)[^\s:/@'\"]+(?=@)")
# Of an address that a calendar reads schedules by; whoever has the token in it reads them too.
FEED_TOKEN = re.compile(r"(?P<before>/schedules/)[\w-]{16,}(?=\.ics)")
# Characters: what is shorter stands in many a text by chance, and guards nothing.
SHORTEST = 4


class _Here(threading.local):
    secrets: tuple[str, ...] = ()


_here = _Here()


def mask_here(secrets: Iterable[str]) -> None:
    """From now on this thread tells none of `secrets`; earlier ones are forgotten."""
    _here.secrets = _longest_first(secrets)


def masked_here() -> tuple[str, ...]:
    return _here.secrets


def spellings(values: Iterable[Any]) -> tuple[str, ...]:
    """Each text and number among JSON `values` as it may stand in a text: plain, in a repr, in JSON.

    An exception of two arguments, one of which quotes the value, says a repr of a repr; its log line is JSON.
    """
    found = {text for text in _texts(values) if len(text) >= SHORTEST}
    for _depth in range(3):
        found |= {spelling for text in found for spelling in _quoted(text)}
    return _longest_first(found)


def _quoted(text: str) -> Iterator[str]:
    in_a_repr = repr(text)[1:-1]
    yield in_a_repr
    # As where the text around it holds quotes of the other kind.
    yield in_a_repr.replace("'", "\\'") if "'" in text and '"' not in text else in_a_repr
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def masked(value: Any, secrets: tuple[str, ...] | None = None) -> Any:
    """The same text, list or dict without `secrets`; by default those of the job that runs in this thread."""
    found = masked_here() if secrets is None else secrets
    if not found:
        return value
    if isinstance(value, str):
        for secret in found:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, Mapping):
        return {name: masked(one, found) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one, found) for one in value]
    return masked(str(value), found) if str(value) in found else value


def without_passwords(text: str) -> str:
    """Without the passwords of addresses, and the tokens of those that calendars read."""
    text = FEED_TOKEN.sub(rf"\g<before>{MASK}", text) if "/schedules/" in text else text
    return PASSWORD_IN_URL.sub(rf"\g<before>{MASK}", text) if "://" in text else text


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list | tuple):
            yield from _texts(value)
        elif value is not None and not isinstance(value, bool):
            yield str(value)


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    """One that is a part of another must not spoil it."""
    return tuple(sorted(set(texts), key=len, reverse=True))
