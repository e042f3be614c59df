"""What a wrong version did to the times between: which of the right version's runs are missing, failed or ran
otherwise, and which ran though they should not.

    version 3 ── right ──┬── 4, 5: wrong ──┬── 6: version 3 put back
                         since             until
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice, takewhile

from django.conf import settings
from django.utils.dateparse import parse_datetime

from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.models import OPEN, Job, Made, ScheduleVersion, Slot
from tasks_app.notices import Notice
from tasks_app.schedules import causes
from tasks_app.schedules.job_of_schedule import attempts_of
from tasks_app.schedules.rhythm import LATEST, InvalidRhythm, SlotMoment, rhythm_of
from tasks_app.schedules.versions.unsaved import UnreadableDefinition, unsaved

MOST = 1000  # runs that are undone at once
JUST_BEFORE = timedelta(microseconds=1)
# What decides the job: where these differ, a run of the wrong version did something else.
OF_THE_JOB = ("task", "args", "kwargs", "secrets", "headers", "queue", "exchange", "routing_key")


class Outcome(StrEnum):
    MISSING = "missing"  # no job was made for it
    FAILED = "failed"
    OTHERWISE = "otherwise"  # it ran, as the wrong version had it
    UNDER_WAY = "under_way"  # what it has become is not known yet
    MADE_UP = "made_up"  # another attempt was made since
    RIGHT = "right"  # it ran as it should


OFFERED = frozenset({Outcome.MISSING, Outcome.FAILED, Outcome.OTHERWISE})


@dataclass(frozen=True)
class Time:
    """One run that the right version would have had."""

    run: SlotMoment
    outcome: Outcome
    slot: Slot | None
    job: Job | None  # while it is kept
    attempts: int  # jobs that were made for it

    @property
    def offered(self) -> bool:
        return self.outcome in OFFERED

    @property
    def key(self) -> str:
        """What a form sends back: of the moment and of what was known of it."""
        return f"{self.run.nominal.isoformat()} {self.attempts}"


@dataclass
class Meanwhile:
    right: ScheduleVersion
    since: datetime
    until: datetime
    wrong: list[int] = field(default_factory=list)  # the numbers of the versions
    times: list[Time] = field(default_factory=list)
    needless: list[Slot] = field(default_factory=list)  # a job ran, at a time that is none of the right one's
    refused: Notice | None = None  # why nothing is offered

    @property
    def offered(self) -> list[Time]:
        return [time for time in self.times if time.offered]


def meanwhile(back: ScheduleVersion, now: datetime) -> Meanwhile | None:
    """What to make up for after this version, with which an earlier one was put back.

    None where it was not put back, or nothing stood between.
    """
    earlier = ScheduleVersion.objects.filter(schedule=back.schedule_id, number__lt=back.number)
    right = earlier.filter(digest=back.digest).exclude(made=Made.DELETED).order_by("-number").first()
    if back.made != Made.BACK or right is None:
        return None
    between = list(earlier.filter(number__gt=right.number).order_by("number").defer("definition"))
    if not between:
        return None
    found = Meanwhile(right, between[0].at, back.at, [version.number for version in between])
    found.refused = _beyond(found, now)
    if found.refused is None:
        _look(found, back)
    return found


def _beyond(found: Meanwhile, now: datetime) -> Notice | None:
    days = settings.RETENTION_DAYS["jobs"]
    if found.since < now - timedelta(days=days):
        return causes.BEYOND_RETENTION(days=days, since=found.since)
    return None


def _look(found: Meanwhile, back: ScheduleVersion) -> None:
    runs = _runs_between(found, back)
    if runs is None:
        return
    slots = _slots_of(found, back.schedule_id)
    jobs = Job.objects.in_bulk([slot.job_id for slot in slots.values() if slot.job_id])
    attempts = attempts_of(back.schedule_id, [run.nominal for run in runs])
    otherwise = _numbers_that_differ(found, back)
    for run in runs:
        slot = slots.get(run.nominal)
        job = jobs.get(slot.job_id) if slot else None
        made = attempts[run.nominal]
        outcome = _outcome(slot, job, made, otherwise)
        found.times.append(Time(run, outcome, slot, job, made))
    nominals = {run.nominal for run in runs}
    wrong = (slot for slot in slots.values() if slot.version in found.wrong)
    found.needless = [slot for slot in wrong if slot.job_id and slot.moment not in nominals]


def _runs_between(found: Meanwhile, back: ScheduleVersion) -> list[SlotMoment] | None:
    """The right version's; None with a reason where there are none to be told."""
    definition = found.right.definition
    if not definition["enabled"]:
        return []
    try:
        schedule = unsaved(definition)
        anchor = parse_datetime(definition.get("anchor") or "") or schedule.start_time or found.right.at
        following = rhythm_of(schedule, anchor).following(SlotMoment(found.since - JUST_BEFORE, LATEST))
        runs = list(islice(takewhile(lambda run: run.due < found.until, following), MOST + 1))
    except (InvalidRhythm, UnreadableDefinition) as error:
        found.refused = error.notice
        return None
    except Exception as error:
        if not is_of_one_row(error):
            raise
        found.refused = causes.RULE_UNREADABLE()
        return None
    if len(runs) > MOST:
        found.refused = causes.TOO_MANY_TO_UNDO(most=MOST)
        return None
    return runs


def _slots_of(found: Meanwhile, schedule_id: int) -> dict[datetime, Slot]:
    """By their moments. A moved run may be due outside; its slot is asked for by its own time."""
    wide = timedelta(days=31)
    rows = Slot.objects.filter(schedule=schedule_id)
    rows = rows.filter(moment__gte=found.since - wide, moment__lt=found.until + wide)
    return {slot.moment: slot for slot in rows}


def _numbers_that_differ(found: Meanwhile, back: ScheduleVersion) -> set[int | None]:
    """Of the wrong versions, those whose jobs did something else."""
    rows = ScheduleVersion.objects.filter(schedule=back.schedule_id, number__in=found.wrong)
    right = [found.right.definition.get(name) for name in OF_THE_JOB]
    return {
        version.number for version in rows if [version.definition.get(name) for name in OF_THE_JOB] != right
    }


def _outcome(slot: Slot | None, job: Job | None, attempts: int, otherwise: set[int | None]) -> Outcome:
    if attempts > 1 or (job is not None and job.repaired_at):
        return Outcome.MADE_UP
    if slot is None or not slot.job_id:
        return Outcome.MISSING
    if job is not None and (job.state in OPEN or job.rerun_state in OPEN):
        return Outcome.UNDER_WAY
    if slot.state in ("failed", "skipped"):
        return Outcome.FAILED
    if slot.state == "queued":
        return Outcome.UNDER_WAY
    return Outcome.OTHERWISE if slot.version in otherwise else Outcome.RIGHT
