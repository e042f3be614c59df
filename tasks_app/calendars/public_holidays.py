"""Public holidays by country and region, as the package `holidays` knows them: the one place that asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import holidays
from django.utils.translation import get_language

from tasks_app.calendars import causes
from tasks_app.calendars.causes import InvalidCalendar

SATURDAY_AND_SUNDAY = frozenset({6, 7})  # ISO days of the week


@dataclass(frozen=True)
class PublicDays:
    """What a country's law makes of the days of one year."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()  # days of the weekend that are worked in exchange for another
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    names: Mapping[date, str] = field(default_factory=dict)


NONE = PublicDays()


def countries() -> list[str]:
    """ISO codes, sorted."""
    return sorted(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=512)
def regions(country: str) -> tuple[str, ...]:
    """The codes of a country's regions whose holidays differ; none for a country that is not known."""
    return tuple(sorted(holidays.list_supported_countries(include_aliases=False).get(country, ())))


def check_place(country: str, region: str) -> None:
    """Raises InvalidCalendar where the package knows no such country or region (any more)."""
    if country and country not in holidays.list_supported_countries():
        raise InvalidCalendar(causes.NO_SUCH_COUNTRY(country=country, field="country"))
    if region and region not in regions(country):
        raise InvalidCalendar(causes.NO_SUCH_REGION(region=region, country=country, field="region"))


def public_days(country: str, region: str, year: int) -> PublicDays:
    """Of one year; raises InvalidCalendar for a place that is not known."""
    return _of(country, region, year, "") if country else NONE


def named_days(country: str, region: str, year: int) -> Mapping[date, str]:
    """Their names in the reader's language, where the package speaks it; else in the country's own."""
    return _of(country, region, year, (get_language() or "")[:2]).names if country else {}


# Years of a few places: ten years of each are looked at where a rhythm never comes.
@lru_cache(maxsize=2048)
def _of(country: str, region: str, year: int, language: str) -> PublicDays:
    check_place(country, region)
    found: Any = holidays.country_holidays(country, subdiv=region or None, years=year, expand=False)
    spoken = [one for one in found.supported_languages or () if language and one.startswith(language)]
    if spoken:
        found = holidays.country_holidays(
            country, subdiv=region or None, years=year, expand=False, language=spoken[0]
        )
    off = {day: name for day, name in found.items() if day.year == year}
    worked = {day for day in getattr(found, "weekend_workdays", ()) if day.year == year}
    weekend = frozenset(day + 1 for day in found.weekend)
    return PublicDays(frozenset(off), frozenset(worked), weekend, off)
