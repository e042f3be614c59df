"""A file of schedules brought in: each entry is new, changed, the same as here, or refused with its reason.

Names say what is meant: a schedule of the same name is changed, what the file does not name is left alone,
and the same file a second time changes nothing. A dry run does all of it, and takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import in_a_line, is_of_one_row
from tasks_app.errors import CodedError
from tasks_app.models import Calendar, Made
from tasks_app.schedules import causes
from tasks_app.schedules.job_of_schedule import problem_of
from tasks_app.schedules.moving.entries import calendar_of_entry, definition_of_entry, known
from tasks_app.schedules.moving.reading import Node, Refused, read
from tasks_app.schedules.owners import give_to
from tasks_app.schedules.planning import never_comes, with_rhythms
from tasks_app.schedules.rhythm import rhythm_of
from tasks_app.schedules.undoing.putting_back import write
from tasks_app.schedules.versions.definition import Definition, definition_now, plain
from tasks_app.schedules.versions.recording import Stamp
from tasks_app.schedules.versions.unsaved import unsaved
from tasks_app.schedules.versions.wording import Change, changes

# Why somebody may not have a schedule; "" where they may.
type Forbids = Callable[[PeriodicTask], str]


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class Result:
    """What becomes of one entry."""

    line: int
    name: str
    outcome: Outcome
    reason: str = ""
    changes: list[Change] = field(default_factory=list)
    before: Definition | None = None
    after: Definition | None = None
    is_calendar: bool = False
    schedule_id: int | None = None


@dataclass
class Report:
    results: list[Result] = field(default_factory=list)

    def of(self, outcome: str) -> list[Result]:
        return [result for result in self.results if result.outcome == outcome]

    @property
    def refused(self) -> list[Result]:
        return self.of(Outcome.REFUSED)

    @property
    def to_do(self) -> list[Result]:
        return [*self.of(Outcome.NEW), *self.of(Outcome.CHANGED)]


class _TakenBack(Exception):
    """The end of a dry run."""


def import_file(
    data: bytes, now: datetime, by: Any, *, dry_run: bool, forbids: Forbids = lambda schedule: ""
) -> Report:
    """Bring in what can be; what cannot is refused line by line. Raises Refused for a file that is none."""
    report = Report()
    try:
        with transaction.atomic():
            for entry, bring_in in _entries(read(data), now, by, forbids):
                report.results.append(_each(entry, bring_in))
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        pass
    return report


def bring_in_schedule(entry: Node, now: datetime, by: Any, forbids: Forbids) -> Result:
    """One entry; raises Refused, a CodedError or a ValidationError where it cannot be."""
    after = definition_of_entry(entry)
    name = str(after["name"] or "")
    there = with_rhythms(PeriodicTask.objects.filter(name=name).select_related("options")).first()
    before = definition_now(there, getattr(there, "options", None)) if there else None
    _keep_what_no_file_has(entry, after, before)
    wanted = unsaved(after)
    _check(wanted, forbids)
    if there and (reason := forbids(there)):
        raise ValidationError(reason)
    after = _as_rows_have_it(wanted, after)
    if before == after:
        return Result(entry.line, name, Outcome.SAME)
    schedule = there or PeriodicTask()
    write(schedule, after, now, Stamp(Made.IMPORTED, by))
    if problem := problem_of(schedule):
        raise ValidationError(str(problem))
    if there is None and by is not None:
        give_to(schedule, by)
    differ = changes(before, after) if before else []
    outcome = Outcome.CHANGED if before else Outcome.NEW
    return Result(entry.line, name, outcome, "", differ, before, after, schedule_id=schedule.pk)


def bring_in_calendar(entry: Node) -> Result:
    values = calendar_of_entry(entry)
    calendar = Calendar.objects.filter(name=values["name"]).first()
    outcome = Outcome.CHANGED if calendar else Outcome.NEW
    if calendar and all(getattr(calendar, name) == value for name, value in values.items()):
        return Result(entry.line, values["name"], Outcome.SAME, is_calendar=True)
    calendar = calendar or Calendar()
    for name, value in values.items():
        setattr(calendar, name, value)
    calendar.save()
    return Result(entry.line, values["name"], outcome, is_calendar=True)


def calendars_of(report: Report) -> list[Calendar]:
    """Those that the file added or changed."""
    return list(Calendar.objects.filter(name__in=[one.name for one in report.to_do if one.is_calendar]))


def entries_of(root: Node) -> tuple[list[Node], list[Node]]:
    """Calendars and schedules of a file; raises Refused."""
    parts = root.mapping()
    known(parts, ("calendars", "schedules"))
    calendars, schedules = (
        parts[name].items() if name in parts else [] for name in ("calendars", "schedules")
    )
    return calendars, schedules


def _entries(
    root: Node, now: datetime, by: Any, forbids: Forbids
) -> Iterator[tuple[Node, Callable[[Node], Result]]]:
    calendars, schedules = entries_of(root)
    for entry in calendars:
        yield entry, bring_in_calendar
    names: dict[str, int] = {}
    for entry in schedules:
        yield entry, lambda one: _once(one, names, now, by, forbids)


def _once(entry: Node, names: dict[str, int], now: datetime, by: Any, forbids: Forbids) -> Result:
    result = bring_in_schedule(entry, now, by, forbids)
    if result.name in names:
        raise ValidationError(
            _("The file has a schedule of this name on line %(line)d already.") % {"line": names[result.name]}
        )
    names[result.name] = entry.line
    return result


def _each(entry: Node, bring_in: Callable[[Node], Result]) -> Result:
    """What one entry raises stops no other, and leaves nothing of it."""
    try:
        with transaction.atomic():
            return bring_in(entry)
    except Refused as error:
        return Result(error.line, _name_of(entry), Outcome.REFUSED, str(error.notice))
    except CodedError as error:
        return Result(entry.line, _name_of(entry), Outcome.REFUSED, str(error.notice))
    except ValidationError as error:
        return Result(entry.line, _name_of(entry), Outcome.REFUSED, _sentences(error))
    except Exception as error:
        if not is_of_one_row(error):
            raise
        problem = causes.CANNOT_BE_DEALT_WITH(error=in_a_line(error))
        return Result(entry.line, _name_of(entry), Outcome.REFUSED, str(problem))


def _check(schedule: PeriodicTask, forbids: Forbids) -> None:
    schedule.clean_fields(exclude=["crontab", "interval", "solar", "clocked"])
    if reason := forbids(schedule):
        raise ValidationError(reason)
    if schedule.start_time and schedule.expires and schedule.expires <= schedule.start_time:
        raise ValidationError({"expires": _("This is before it begins.")})
    anchor = schedule.start_time or datetime.now().astimezone()
    rhythm = rhythm_of(schedule, anchor)
    if schedule.enabled and rhythm.after(anchor) is None and (never := never_comes(schedule, rhythm)):
        raise ValidationError(str(never))


def _keep_what_no_file_has(entry: Node, after: Definition, before: Definition | None) -> None:
    """Secrets, and from where intervals are counted. Raises Refused where a secret is not here either."""
    if before and "anchor" in before and "interval" in after["timing"]:
        after["anchor"] = before["anchor"]
    wanted = sorted(after["secrets"])
    if not wanted:
        return
    same_call = before and all(before[name] == after[name] for name in ("task", "args", "kwargs"))
    if not before or not same_call or set(wanted) - set(before["secrets"]):
        raise Refused(causes.SECRETS_NOT_IN_FILE(names=", ".join(wanted)), entry.line)
    after["secrets"] = {name: before["secrets"][name] for name in wanted}


def _as_rows_have_it(schedule: PeriodicTask, after: Definition) -> Definition:
    """The values as they come back from columns: a decimal with its digits, a moment in UTC."""
    found = definition_now(schedule, None)
    kept = {name: after[name] for name in ("secrets", "after_downtime", "anchor") if name in after}
    return {name: plain_timing(value) for name, value in (found | kept).items()}


def plain_timing(value: Any) -> Any:
    return value if isinstance(value, dict | list) else plain(value)


def _name_of(entry: Node) -> str:
    try:
        return str(entry.mapping()["name"].text)[:200]
    except (Refused, KeyError, AttributeError):
        return ""


def _sentences(error: ValidationError) -> str:
    if hasattr(error, "error_dict"):
        return " ".join(f"{name}: {' '.join(found)}" for name, found in error.message_dict.items())
    return " ".join(error.messages)
