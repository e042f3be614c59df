"""Whether a day of a promise was kept: by the last runs that were due before its deadline.

An earlier run that failed is made good by a later one. Runs that were moved onto one moment are both to be
done. What was run again in time is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks_app.models import Job, Slot, SlotState, State
from tasks_app.notices import Notice, in_each_language
from tasks_app.schedules.promises import causes

DONE = frozenset({SlotState.DONE, SlotState.LATE})


@dataclass(frozen=True)
class Verdict:
    """What came of a day: by which slot, done when, and why (of one that was kept, where a re-run did it)."""

    kept: bool
    slot: Slot | None = None
    done_at: datetime | None = None
    why: Notice | None = None


def judge(last: Sequence[Slot], jobs: Mapping[str, Job], deadline: datetime) -> Verdict:
    """Of the last runs before the deadline, which are some; a broken one speaks for all."""
    verdicts = [_of(slot, jobs.get(slot.job_id), deadline) for slot in last]
    broken = [one for one in verdicts if not one.kept]
    return broken[0] if broken else max(verdicts, key=lambda one: (one.done_at or deadline, bool(one.why)))


def _of(slot: Slot, job: Job | None, deadline: datetime) -> Verdict:
    if job is not None and job.repaired_at is not None and job.repaired_at <= deadline:
        return Verdict(True, slot, job.repaired_at, causes.RUN_AGAIN(moment=slot.moment))
    if job is not None and job.state == State.SUCCEEDED and job.ended_at is not None:
        late = causes.LATE(moment=slot.moment, done=job.ended_at) if job.ended_at > deadline else None
        return Verdict(late is None, slot, job.ended_at, late)
    if slot.state in DONE:  # its job is not kept any more
        return Verdict(True, slot)
    return Verdict(False, slot, why=_why(slot, job, deadline))


def _why(slot: Slot, job: Job | None, deadline: datetime) -> Notice:
    ended_later = job is not None and job.ended_at is not None and job.ended_at > deadline
    if slot.state == SlotState.QUEUED or ended_later:
        return causes.UNFINISHED(moment=slot.moment)
    wording = causes.FAILED if slot.state == SlotState.FAILED else causes.PASSED_OVER
    return wording(moment=slot.moment, why=in_each_language(lambda: slot.reason_text))
