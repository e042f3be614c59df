"""Pieces of a page that say the same on each visit: written once, and kept by what they say.

A filter with its choices, and the sidebar, were a third of what a list took.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.contrib.admin.filters import SimpleListFilter
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.templatetags.unfold_list import unfold_admin_list_filter

MOST = 1_000  # pieces, of some kilobytes each

_pieces: dict[Hashable, SafeString] = {}


def kept(key: Hashable, write: Callable[[], str]) -> SafeString:
    """`key` is all that the piece depends on, but for the language."""
    whole = (get_language(), key)
    piece = _pieces.get(whole)
    if piece is None:
        if len(_pieces) >= MOST:
            _pieces.clear()
        piece = _pieces[whole] = SafeString(write())
    return piece


def filter_panel(cl: Any, spec: Any) -> SafeString:
    """As Unfold writes it; of a sort that is not known here, anew each time."""
    key = _key_of(spec)
    if key is None:
        return SafeString(unfold_admin_list_filter(cl, spec))
    options = repr(getattr(cl.model_admin, "list_filter_options", {}))
    return kept((key, options), lambda: unfold_admin_list_filter(cl, spec))


def _key_of(spec: Any) -> Hashable | None:
    same = (type(spec), str(spec.title), tuple(map(str, spec.expected_parameters())))
    used = tuple((name, str(value)) for name, value in sorted(spec.used_parameters.items()))
    if isinstance(spec, SimpleListFilter):
        choices = tuple((str(value), str(label)) for value, label in spec.lookup_choices)
        return (*same, used, choices)
    if isinstance(spec, RangeDateFilter):
        return (*same, used, timezone.get_current_timezone_name())
    return None


def sidebar(groups: list[dict[str, Any]], write: Callable[[], str]) -> SafeString:
    return kept(("sidebar", _said(groups)), write)


def _said(value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple((name, _said(one)) for name, one in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_said, value))
    return str(value)
