"""What chaos excuses: runs that a fault can have cut short, at its time, and no more of them than it can.

The launch records cannot know which job is in the hands of a worker that is killed. When each fault struck is
written down; bodies and the SES stub say when they were begun and asked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from backoffice.models import Message, MessageState
from tasks_app.models import Job, State
from tests.faults.house import House
from tests.faults.jobs import noted_at

# Seconds that a loaded machine takes from a claim to the commit of the end, of jobs that do next to nothing.
IN_THE_AIR = 2.0


@dataclass
class Struck:
    name: str
    began: float  # seconds since 1970
    ended: float
    runs: int  # that it can have cut short, and that are not excused by it yet

    def met(self, moment: float) -> bool:
        return self.runs > 0 and self.began - IN_THE_AIR < moment < self.ended + IN_THE_AIR


class Excuses:
    def __init__(self, struck: list[Struck]) -> None:
        self.struck = struck
        self.given: Counter[str] = Counter()

    def has_one(self, moment: float) -> bool:
        """Whether a fault met what went on at that moment; it excuses one run less then."""
        fault = next((one for one in self.struck if one.met(moment)), None)
        if fault is None:
            return False
        fault.runs -= 1
        self.given[fault.name] += 1
        return True


def excuse_emails(house: House, emails: set[str], excuses: Excuses) -> None:
    """A message is unknown where the stub left its answer open, or a fault met the run that had asked, or was
    about to. It was accepted once or never."""
    for message in Message.objects.filter(job_id__in=emails, state=MessageState.UNKNOWN):
        assert message.submitted_at is not None
        pk = str(message.pk)
        if pk in house.post.spoilt or excuses.has_one(
            house.post.asked_at.get(pk, message.submitted_at.timestamp())
        ):
            house.expected.states[message.job_id] = State.UNKNOWN
            house.expected.mails[message.job_id] = min(house.post.accepted[pk], 1)


def excuse_bodies(house: House, excuses: Excuses, crashes: int) -> None:
    """A body begins once more for each of its runs that a fault met, and for each the job was claimed again;
    but a crash of the database may forget the last claims."""
    claims = dict(Job.objects.values_list("pk", "runs"))
    begun: dict[str, list[float]] = {}
    for job_id, moment in noted_at(house.folder, "ran"):
        begun.setdefault(job_id, []).append(moment)
    for job_id, moments in begun.items():
        stated = house.expected.runs.get(job_id, 0)
        if not stated < len(moments) <= claims.get(job_id, 0) + crashes:
            continue
        for moment in moments:
            if house.expected.runs[job_id] < len(moments) and excuses.has_one(moment):
                house.expected.runs[job_id] += 1
