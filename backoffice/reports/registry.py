"""Which report types there are, and who may see them."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Any

from django.utils.translation import gettext

from backoffice.reports import causes
from backoffice.reports.base import ReportType
from backoffice.reports.errors import CannotOrder
from backoffice.reports.periods import Moving, resolve

_registered: dict[str, ReportType] = {}


def register[T: type[ReportType]](cls: T) -> T:
    """Class decorator: make the report known under its slug."""
    holder = _registered.get(cls.slug)
    if holder is not None and type(holder).__qualname__ != cls.__qualname__:
        raise ValueError(f"Two reports are called {cls.slug!r}: {type(holder).__name__} and {cls.__name__}.")
    _registered[cls.slug] = cls()
    return cls


@cache
def _discover() -> None:
    types = import_module(f"{__package__}.types")  # by its name: its files import this one
    for module in pkgutil.iter_modules(types.__path__, f"{types.__name__}."):
        import_module(module.name)


def report_types() -> list[ReportType]:
    """Every report type, by title as their files sort."""
    _discover()
    return list(_registered.values())


def find(slug: str) -> ReportType:
    """Raises CannotOrder for an unknown report."""
    known = {one.slug: one for one in report_types()}
    if slug not in known:
        raise CannotOrder(causes.UNKNOWN_REPORT(slug=slug, known=list(known)))
    return known[slug]


def visible_types(user: Any) -> list[ReportType]:
    """The reports this person may order, see and download."""
    return [one for one in report_types() if one.visible_to(user)]


def may_see(user: Any, slug: str) -> bool:
    """Whether this person may see reports of that type; one that is no more is left to superusers."""
    if user.is_active and user.is_superuser:
        return True
    return slug in {one.slug for one in visible_types(user)}


def about(slug: str, parameters: Mapping[str, Any]) -> str:
    """An order in a few words, for lists of jobs: "Activity – Last month"; "" for an unknown report."""
    _discover()
    kind = _registered.get(slug)
    if kind is None:
        return ""
    words = dict(kind.words({name: parameters.get(name) for name in ("period", "start", "end")}))
    if parameters.get("period") == Moving.CUSTOM:
        words = {label: word for label, word in words.items() if word != str(Moving.CUSTOM.label)}
    if parameters.get("a_year_before"):
        words["a_year_before"] = gettext("a year before")
    return " – ".join([str(kind.title), *words.values()])


def days_covered(parameters: Mapping[str, Any], moment: datetime) -> str:
    """The period of an order as seen at that moment; "" for a report without one."""
    period = parameters.get("period")
    if not period:
        return ""
    edges = [parameters.get(name) for name in ("start", "end")]
    first, last = (date.fromisoformat(edge) if isinstance(edge, str) and edge else None for edge in edges)
    return str(resolve(period, moment, first, last, a_year_before=bool(parameters.get("a_year_before"))))
