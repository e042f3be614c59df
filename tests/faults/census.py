"""What was launched and must come of it, what came of it, and the difference in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.models import Message, Report
from tasks_app.models import Job
from tests.faults.jobs import noted

TIMES = {0: "never", 1: "once", 2: "twice"}


@dataclass
class Census:
    """By job: its state, how often its body ran, SES acceptances of its message, its reports.

    Stated from the launch records before the fault, and counted after it: the two must be equal.
    """

    states: dict[str, str] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)
    reports: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        ends = ", ".join(
            f"{number:,} {state}" for state, number in sorted(Counter(self.states.values()).items())
        )
        parts = [ends or "no job"]
        for what, counted in (("ran", self.runs), ("accepted", self.mails), ("filed", self.reports)):
            numbers = sorted(Counter(counted.values()).items())
            if any(times for times, _jobs in numbers):
                parts.append(f"{what} " + ", ".join(f"{_times(times)} {jobs:,}" for times, jobs in numbers))
        return "; ".join(parts)

    def differences(self, seen: Census) -> list[str]:
        """A sentence for each number that is not as stated."""
        found: list[str] = []
        for what in ("states", "runs", "mails", "reports"):
            stated: Mapping[str, object] = getattr(self, what)
            counted: Mapping[str, object] = getattr(seen, what)
            found += [
                f"{what} of {job}: {stated.get(job)} stated, {counted.get(job)} seen"
                for job in sorted(stated.keys() | counted.keys())
                if stated.get(job) != counted.get(job)
            ]
        return found


def count(folder: Path, accepted: Mapping[str, int]) -> Census:
    """`accepted`: SES acceptances by message id."""
    states = dict(Job.objects.values_list("id", "state"))
    job_of = {str(pk): job for pk, job in Message.objects.values_list("pk", "job_id")}
    mails: Counter[str] = Counter(dict.fromkeys(states, 0))
    for message, times in accepted.items():
        mails[job_of.get(message, "nobody's")] += times
    made = Counter(dict.fromkeys(states, 0))
    made.update(Report.objects.values_list("job_id", flat=True))
    ran = Counter(noted(folder, "ran"))
    return Census(
        states=states,
        runs=dict.fromkeys(states, 0) | dict(ran),
        mails=dict(mails),
        reports=dict(made),
    )


def _times(number: int) -> str:
    return TIMES.get(number, f"{number} times")
