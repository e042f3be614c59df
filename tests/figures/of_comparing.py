"""What reports say of earlier periods, counted by hand: figures side by side, and what changed most."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

from backoffice.reports.periods import Period
from tests.figures.by_hand import day_of
from tests.figures.past import DAY
from tests.figures.reading import ANYTHING, Figures_, words

type Days = tuple[date, date]  # first and last

GOOD = {"of which came back": -1, "Not sent": -1, "Not settled": -1, "In trouble": -1} | {
    "Failed": -1,
    "Success rate": 1,
    "Median duration": -1,
}


def months_back(day: date, months: int) -> date:
    """The first of that month."""
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def end_of(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def a_year_back(day: date) -> date:
    return date(day.year - 1, day.month, min(day.day, monthrange(day.year - 1, day.month)[1]))


def earlier(first: date, last: date) -> list[Days]:
    if first.day == 1 and (last + DAY).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        found = [
            (months_back(first, back), end_of(months_back(last.replace(day=1), back)))
            for back in (months, 12)
        ]
    elif (last - first).days < 7:
        found = [(first - n * DAY, last - n * DAY) for n in (7, 364)]
    else:
        length = (last - first).days + 1
        found = [(first - length * DAY, last - length * DAY), (a_year_back(first), a_year_back(last))]
    return list(dict.fromkeys(found))


def comparing(
    days: Days,
    now: datetime,
    oldest: datetime,
    kept: int,
    figures_of: Callable[[Days], dict[str, Any]],
    counts_of: Callable[[Days], dict[str, int]],
) -> Figures_:
    """`kept`: days for which rows are, 0 for ever. Names of counts are those of the sentence."""
    first, last = days
    if day_of(now) <= last:
        return {}
    since = day_of(oldest)
    if kept:  # the day in whose midst removing stopped is a part
        since = max(since, day_of(now - kept * DAY) + DAY)
    known = [one for one in earlier(first, last) if one[0] >= since]
    if not known:
        return {}
    said = words(sentence(counts_of(days), counts_of(known[0]), str(Period(*known[0]))))
    for one in known:
        said |= side_by_side(days, one, figures_of(days), figures_of(one))
    return said


def side_by_side(now: Days, before: Days, of_now: dict[str, Any], of_before: dict[str, Any]) -> Figures_:
    title = f"Compared with {Period(*before)}"
    said: Figures_ = {(title, "rows"): len(of_now), (title, "note"): ANYTHING}
    for label, value in of_now.items():
        old = of_before[label]
        columns = {
            str(Period(*now)): value,
            str(Period(*before)): old,
            "Change": change(value, old),
            "Per cent": per_cent(value, old),
            "Better or worse": verdict(value, old, GOOD.get(label, 0)),
        }
        said |= {(title, label, column): one for column, one in columns.items()}
    return said


def change(now: Any, before: Any) -> Any:
    if now is None or before is None:
        return "–"
    if isinstance(now, timedelta):
        return ANYTHING
    if isinstance(now, float) or isinstance(before, float):
        points = round(printed(now) - printed(before), 1)
        unit = "point" if abs(points) == 1 else "points"
        return f"{points:+.1f} {unit}".replace("-", "−") if points else "0"
    return f"{now - before:+,}".replace("-", "−") if now != before else "0"


def printed(share: float) -> float:
    return 99.9 if share < 1 and round(share * 100, 1) == 100 else round(share * 100, 1)


def per_cent(now: Any, before: Any) -> Any:
    if isinstance(now, timedelta) and isinstance(before, timedelta):
        return ANYTHING
    if not isinstance(now, int) or not isinstance(before, int) or not before:
        return "–"
    sign = "+" if now > before else "−" if now < before else ""
    return f"{sign}{part_of(now - before, before)}"


def part_of(step: int, whole: int) -> str:
    number = printed(abs(step) / whole)
    return f"{number:,.0f}%" if number in (0, 100) else f"{number:,.1f}%"


def verdict(now: Any, before: Any, good: int) -> str:
    if now is None or before is None or now == before or not good:
        return ""
    return "Better" if (now > before) == (good > 0) else "Worse"


def sentence(now: dict[str, int], before: dict[str, int], period: str) -> str:
    ranked = sorted(
        (-abs(a - b) / sqrt(a + b), what, b, a)
        for what in {*now, *before}
        for a, b in [(now.get(what, 0), before.get(what, 0))]
        if a + b and abs(a - b) / sqrt(a + b) >= 3
    )
    told = [say(what, b, a) for _unlikely, what, b, a in ranked[:3]]
    if not told:
        return f"Nothing changed notably, compared with {period}."
    return f"Changed most, compared with {period}: {'; '.join(told)}."


def say(what: str, before: int, now: int) -> str:
    if not before or not now:
        return f"{what}: from {before or 'none'} to {now or 'none'}"
    sign, step = "+" if now > before else "−", abs(now - before)
    return f"{what}: from {before:,} to {now:,} ({sign}{step:,}, {sign}{part_of(step, before)})"
