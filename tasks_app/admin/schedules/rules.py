"""Our row beside beat's, made of the form's values: what it lets through, and what becomes of days off."""

from __future__ import annotations

from typing import Any

from django_celery_beat.models import PeriodicTask

from tasks_app.admin.schedules.kinds import RhythmKind, fields_of
from tasks_app.models import Counted, OnDayOff, ScheduleRule
from tasks_app.schedules.rhythm import rule_of

NOTHING: dict[str, Any] = {
    "counted": "", "nth": None, "every": None, "first_time": None, "last_time": None, "calendar": None,
    "on_day_off": OnDayOff.RUN, "zone": "",
}  # fmt: skip
OF_NO_ZONE = (RhythmKind.EVERY, RhythmKind.SUN, RhythmKind.ONCE)  # beat's row says none
BEYOND_A_RHYTHM = ("calendar", "zone")  # alone they change nothing


def rule_values(data: dict[str, Any]) -> dict[str, Any]:
    """The columns of our row."""
    kind, values = data["kind"], dict(NOTHING)
    takes = fields_of(kind)
    if kind == RhythmKind.WORKING:
        values["on_day_off"] = OnDayOff.SKIP
    elif "on_day_off" in takes:
        values["on_day_off"] = data.get("on_day_off") or OnDayOff.RUN
    if kind == RhythmKind.NTH:
        values |= _nth(data["position"], data["counted"])
    if kind == RhythmKind.BETWEEN:
        values |= {"every": data["step"], "first_time": data["from_time"], "last_time": data["until_time"]}
    if values["on_day_off"] or values["counted"] == Counted.WORKING_DAY:
        values["calendar"] = data.get("calendar")
        values["zone"] = (data.get("zone") or "") if kind in OF_NO_ZONE else ""
    return values


def give_rule(schedule: PeriodicTask, values: dict[str, Any]) -> None:
    """The schedule has this rule, or none where it says nothing; saves nothing."""
    if all(values[name] == nothing for name, nothing in NOTHING.items() if name not in BEYOND_A_RHYTHM):
        PeriodicTask._meta.get_field("rule").set_cached_value(schedule, None)
        return
    rule = rule_of(schedule) or ScheduleRule()
    for name, value in values.items():
        setattr(rule, name, value)
    schedule.rule = rule


def save_rule(schedule: PeriodicTask) -> None:
    """The rule that it was given, in the transaction that saved it."""
    rule = rule_of(schedule)
    if rule is None:
        ScheduleRule.objects.filter(schedule=schedule.pk).delete()
        return
    rule.schedule = schedule
    rule.save()


def _nth(position: int, counted: str) -> dict[str, Any]:
    """A day of the week is beat's; of a plain day of the month, counted from its first, there is no need."""
    if counted.isdigit():
        return {"counted": Counted.WEEKDAY, "nth": position}
    return {"counted": Counted(counted), "nth": position}
