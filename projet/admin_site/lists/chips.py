"""What a list is narrowed to, in words: one chip for each value of a filter and for the words searched.

A filter of ours says a value itself (`in_words(parameter, value)`); of Django's and Unfold's kinds the words
of the choice are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import BooleanFieldListFilter, ListFilter
from django.contrib.admin.views.main import SEARCH_VAR
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from projet.admin_site.lists.addresses import without
from tasks_app.display import labelled

LONGEST = 60  # characters of a value
YES, NO = frozenset({"1", "True", "true"}), frozenset({"0", "False", "false"})


@dataclass(frozen=True)
class Chip:
    text: str  # "State: Failed"
    query: str  # the same list without it


def chips_of(cl: Any) -> list[Chip]:
    return [*_of_search(cl), *_of_filters(cl)]


def clear_all(cl: Any) -> str:
    """The list as it opens: its order stays."""
    return without(cl, [SEARCH_VAR, *(name for spec in cl.filter_specs for name in _parameters(spec))])


def _of_search(cl: Any) -> Iterator[Chip]:
    if cl.query.strip():
        yield Chip(labelled(_("Search words"), _short(cl.query.strip())), without(cl, [SEARCH_VAR]))


def _of_filters(cl: Any) -> Iterator[Chip]:
    for spec in cl.filter_specs:
        for name in _parameters(spec):
            for value in cl.filter_params.get(name, []):
                if value != "":
                    words = _short(words_of(spec, name, value))
                    yield Chip(labelled(capfirst(str(spec.title)), words), without(cl, [name], value))


def _parameters(spec: ListFilter) -> list[str]:
    return [name for name in spec.expected_parameters() if name]


def words_of(spec: ListFilter, name: str, value: str) -> str:
    """What a value of a filter means, as its choices say it; the value itself where they do not."""
    in_words = getattr(spec, "in_words", None)
    if in_words is not None:
        return str(in_words(name, value))
    if name.endswith("__isnull"):
        return _("None") if value in YES else _("Any")
    if isinstance(spec, BooleanFieldListFilter):
        return _("Yes") if value in YES else _("No") if value in NO else value
    field = getattr(spec, "field", None)
    choices: Any = getattr(spec, "lookup_choices", None) or getattr(field, "flatchoices", ())
    return next((str(label) for key, label in choices if str(key) == value), value)


def _short(text: str) -> str:
    return Truncator(text).chars(LONGEST)
