"""What was changed where a job was corrected: each argument from what to what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.http import HttpRequest

from tasks_app.admin.arguments import Argument, shown_arguments
from tasks_app.audit.changes import EMPTY, FIELD, FIELD_UNSAID, SAID_UP_TO
from tasks_app.catalogue import Arguments, kind_of
from tasks_app.models import Job
from tasks_app.notices import Notice, in_each_language
from tasks_app.subject import arguments_of

NOTHING: tuple[Any, ...] = (None, "", [])


def changed_arguments(request: HttpRequest, old: Job, new: Job) -> list[Notice]:
    """A sentence for each that differs, to be read in any language. Secrets and long texts are only named."""
    before, after = arguments_of(old), arguments_of(new)
    names = [name for name in before | after if _differ(before.get(name), after.get(name))]
    if not names:
        return []
    return list(_said(request, new.name, names, before, after))


def _differ(old: Any, new: Any) -> bool:
    return old != new and not (old in NOTHING and new in NOTHING)


def _said(
    request: HttpRequest, name: str, changed: list[str], before: Arguments, after: Arguments
) -> Iterator[Notice]:
    kind = kind_of(name)
    old, new = (_by_name(request, name, some, changed) for some in (before, after))
    for one in changed:
        argument = new.get(one) or old.get(one)
        label = argument.label if argument else one
        texts = [
            in_each_language(partial(_text, request, name, some, one)) if one in some else EMPTY
            for some in (before, after)
        ]
        secret = kind is not None and one in kind.secret
        long = any(len(_text(request, name, some, one)) > SAID_UP_TO for some in (before, after))
        yield FIELD_UNSAID(field=label) if secret or long else FIELD(field=label, old=texts[0], new=texts[1])


def _by_name(request: HttpRequest, name: str, arguments: Arguments, wanted: list[str]) -> dict[str, Argument]:
    return {one.name: one for one in shown_arguments(request, name, arguments) if one.name in wanted}


def _text(request: HttpRequest, name: str, arguments: Arguments, wanted: str) -> str:
    """The argument as its reader sees it, in their language."""
    for one in shown_arguments(request, name, arguments):
        if one.name == wanted:
            return one.value or ", ".join(thing.text for thing in one.things)
    return str(arguments.get(wanted, EMPTY))
