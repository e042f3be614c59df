"""What the clauses of a phrase make together: values of the form's fields, or why they make none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from tasks_app.errors import CodedError
from tasks_app.schedules import causes

NINE = time(9)
SEVEN = time(7)
A_DAY = 1440  # minutes
MINUTES = {"minutes": 1, "hours": 60}
OF_A_CRONTAB = ("daily", "weekly", "monthly", "working")
ALSO = ("weekdays", "months", "zone", "on_day_off", "position", "counted", "event")

type Values = dict[str, Any]


class NotUnderstood(CodedError, ValueError):
    """A phrase that says no rhythm: what of it, in a sentence."""


def together(found: Values) -> Values:
    """Fields of the form; raises NotUnderstood where the clauses do not go together."""
    times, days = found.get("times", []), found.get("days", [])
    if any(not 1 <= day <= 31 for day in days):
        raise NotUnderstood(causes.WORDS_NOT_UNDERSTOOD(words=str(max(days))))
    also = {name: found[name] for name in ALSO if name in found}
    if "from_time" in found:
        return _between(found) | also
    if "number" in found:
        return _every(found) | also
    kind = found["kind"]
    if kind == "once":
        return {"kind": kind, "moment": datetime.combine(found["date"], times[0] if times else NINE)} | also
    if kind == "sun" and times:
        raise NotUnderstood(causes.TIME_AND_STEP())
    if len(times) > 1 or len(days) > 1 or (days and found.get("weekdays")):
        return _crontab(found, times, days)
    values = {"kind": kind} | also
    values |= {"time": times[0]} if times else {}
    return values | ({"day": days[0]} if days else {})


def _between(found: Values) -> Values:
    minutes = found.get("number", 0) * MINUTES.get(found.get("unit", ""), 0)
    if not 0 < minutes <= A_DAY:
        raise NotUnderstood(causes.NO_STEP_IN_PHRASE())
    if found.get("kind", "daily") not in ("daily", "weekly", "working"):
        raise NotUnderstood(causes.TOO_MUCH_IN_PHRASE())
    edges = {name: found[name] for name in ("from_time", "until_time")}
    return {"kind": "between", "step": minutes, **edges}


def _every(found: Values) -> Values:
    if found.get("times") or found.get("weekdays") or found.get("days"):
        raise NotUnderstood(causes.TIME_AND_STEP())
    return {"kind": "every", "number": found["number"], "unit": found["unit"]}


def _crontab(found: Values, times: list[time], days: list[int]) -> Values:
    """Several days or times of one rhythm."""
    if found["kind"] not in OF_A_CRONTAB or len({one.minute for one in times}) > 1:
        raise NotUnderstood(causes.TOO_MUCH_IN_PHRASE())
    times = times or [SEVEN]
    return {
        "kind": "crontab",
        "minute": str(times[0].minute),
        "hour": _listed(one.hour for one in times),
        "day_of_month": _listed(days),
        "month_of_year": _listed(found.get("months", [])),
        "day_of_week": _listed(found.get("weekdays", [])),
    } | {name: found[name] for name in ("zone", "on_day_off") if name in found}


def _listed(values: Iterable[int]) -> str:
    return ",".join(map(str, values)) or "*"
