"""What may be typed next in the search box: names of qualifiers, then their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest, JsonResponse

from tasks_app.admin.dialogs import require
from tasks_app.admin.jobs.query.arguments import PREFIX, arguments_offered
from tasks_app.admin.jobs.query.qualifiers import JOBS
from tasks_app.db import shared_time
from tasks_app.db.folding import LONGEST_SEARCH
from tasks_app.search.query.language import Asked, Choice, Qualifier
from tasks_app.search.query.terms import CLOSING, NAME, OPENING, quoted

MOST = 8
_QUOTES = f"{OPENING}{CLOSING}"
# What is being typed: the last term of the text, with what stands before its value.
_LAST = re.compile(
    rf"(?:^|(?<=\s))(?P<sign>-?)(?:(?P<name>{NAME.pattern}):)?"
    rf"(?P<values>(?:[^\s{_QUOTES}]|[{OPENING}][^{CLOSING}]*(?:[{CLOSING}]|$))*)$",
    re.ASCII,
)
_LAST_VALUE = re.compile(rf"(?:[^,{_QUOTES}]|[{OPENING}][^{CLOSING}]*(?:[{CLOSING}]|$))*$")


@dataclass(frozen=True)
class Suggestion:
    text: str  # all that stands before the caret, once it is chosen
    shown: str
    label: str


def suggest(request: HttpRequest) -> JsonResponse:
    """For the text before the caret, `q`."""
    require(request, "tasks_app.view_job")
    text = request.GET.get("q", "")[:LONGEST_SEARCH].replace("\0", "")
    asked = Asked(request.user, shared_time.now())
    return JsonResponse({"suggestions": [asdict(one) for one in suggestions(text, asked)]})


def suggestions(text: str, asked: Asked) -> list[Suggestion]:
    last = _LAST.search(text)
    if last is None:
        return []
    name, values = last["name"], last["values"]
    if name is None:
        return _names(text[: last.start("values")], values, asked)
    typed = _LAST_VALUE.search(values)
    beginning = typed[0].strip(_QUOTES) if typed else ""
    before = text[: len(text) - len(typed[0] if typed else "")]
    qualifier = next((one for one in JOBS.qualifiers if one.takes(name.lower())), None)
    if qualifier is None or qualifier.name == PREFIX:
        return []
    offered = _first(qualifier.choices(beginning, asked))
    return [
        Suggestion(before + quoted(one.value), f"{name}:{quoted(one.value)}", str(one.label))
        for one in offered
    ]


def _names(before: str, beginning: str, asked: Asked) -> list[Suggestion]:
    """Qualifiers that begin so; while nothing is typed, those that need no colon too, by an example."""
    if any(sign in beginning for sign in _QUOTES):
        return []
    found = [Suggestion(before + shown, shown, str(label)) for shown, label in _offered(beginning, asked)]
    return found[: MOST + 4]


def _offered(beginning: str, asked: Asked) -> Iterator[tuple[str, Any]]:
    for one in JOBS.qualifiers:
        if one.name == PREFIX:
            yield from _arguments(one, beginning, asked)
        elif one.name in JOBS.names():
            if one.name.startswith(beginning.lower()):
                yield f"{one.name}:", one.label
        elif not beginning or one.name.startswith(beginning):
            yield one.example, one.label


def _arguments(one: Qualifier, beginning: str, asked: Asked) -> Iterator[tuple[str, Any]]:
    """`arg.` alone until it is typed: its arguments are many."""
    if not beginning.lower().startswith(PREFIX):
        if PREFIX.startswith(beginning.lower()):
            yield PREFIX, one.label
        return
    for choice in arguments_offered(beginning[len(PREFIX) :], asked):
        yield f"{PREFIX}{choice.value}:", one.label


def _first(choices: Iterable[Choice]) -> list[Choice]:
    return [choice for choice, _number in zip(choices, range(MOST), strict=False)]
