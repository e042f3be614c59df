"""Which report types there are, and who may see them."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Source:
    """Report types that are no code: all of them, and one by its slug as it is at this moment."""

    all: Callable[[], list[ReportType]]
    find: Callable[[str], ReportType | None]


_sources: list[Source] = []


def provide(source: Source) -> None:
    _sources.append(source)


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
    """Every report type: those of files as these sort, then those of sources."""
    _discover()
    return [*_registered.values(), *(one for source in _sources for one in source.all())]


def known(slug: str) -> ReportType | None:
    """The type of that name, as it is now; None where there is none."""
    _discover()
    if slug in _registered:
        return _registered[slug]
    return next((one for source in _sources if (one := source.find(slug))), None)


def find(slug: str) -> ReportType:
    """Raises CannotOrder for an unknown report."""
    found = known(slug)
    if found is None:
        raise CannotOrder(causes.UNKNOWN_REPORT(slug=slug, known=[one.slug for one in report_types()]))
    return found


def visible_types(user: Any) -> list[ReportType]:
    """The reports this person may order, see and download."""
    return [one for one in report_types() if one.visible_to(user)]


def orderable_types(user: Any) -> list[ReportType]:
    """Those that this person may have made."""
    return [one for one in report_types() if one.may_order(user)]


def may_see(user: Any, slug: str) -> bool:
    """Whether this person may see reports of that type; one that is no more is left to superusers."""
    if user.is_active and user.is_superuser:
        return True
    return slug in {one.slug for one in visible_types(user)}


def about(slug: str, parameters: Mapping[str, Any]) -> str:
    """An order in a few words, for lists of jobs: "Activity – Last month"; "" for an unknown report."""
    kind = next((one for one in report_types() if one.slug == slug), None)
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
