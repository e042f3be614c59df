"""What of some schedules, and of their groups, has not ended: whether another run of them may start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django_celery_beat.models import PeriodicTask

from tasks_app.models import (
    OPEN_SLOTS,
    IfRunning,
    Job,
    ScheduleGroup,
    SchedulePolicy,
    Slot,
    SlotState,
    State,
)
from tasks_app.notices import Notice
from tasks_app.schedules.job_of_schedule import policy_of
from tasks_app.schedules.policies import causes
from tasks_app.schedules.slot_rows import Hold

# Of a slot's job: a worker has it or will have it. One of unknown outcome is over, and a person's matter.
GOING = (State.WAITING, State.RUNNING)


@dataclass(frozen=True)
class Running:
    schedule_id: int
    name: str
    moment: datetime
    job_id: str


class Going:
    """Of the schedules of one batch, whose rows are locked; kept up while the batch is decided.

    Groups are locked here: two clocks that hold schedules of one group decide one after the other. Four
    statements at most, and none where no schedule minds what still goes on.
    """

    def __init__(self, schedules: Sequence[PeriodicTask], now: datetime, *, let_go: bool = False) -> None:
        """With `let_go` it is about runs that wait already: none of them waits for another one that does."""
        self.now, self.let_go = now, let_go
        self.to_stop: list[str] = []  # jobs
        self._running: dict[int, list[Running]] = defaultdict(list)
        self._waiting: dict[int, str] = {}  # schedules of which one waits, by id their names
        policies = [policy for one in schedules if (policy := policy_of(one))]
        minding = [policy for policy in policies if policy.waits_for_others]
        self._members = _members({policy.group_id for policy in minding if policy.group_id})
        ids = {policy.pk for policy in minding}.union(*self._members.values())
        if ids:
            self._read(ids)

    def hold(self, schedule: PeriodicTask, moment: datetime) -> Hold | None:
        """What a run for the moment does; None: it starts, and counts as going from here on."""
        policy = policy_of(schedule)
        rule = policy.waits_for_others if policy else IfRunning.BESIDE
        if policy is None or not rule:
            return None
        blocker = self.blocker(policy)
        if blocker is None:
            self._running[policy.pk].append(Running(policy.pk, schedule.name, moment, ""))
            return None
        own = blocker.schedule_id == policy.pk
        if rule == IfRunning.SKIP:
            return Hold(_about(blocker, own, causes.STILL_GOING, causes.OTHER_GOING))
        if policy.pk in self._waiting:
            return Hold(causes.ONE_WAITS())
        if rule == IfRunning.STOP:
            self.to_stop += [run.job_id for run in self._running[policy.pk] if run.job_id]
        self._waiting[policy.pk] = schedule.name
        return Hold(_about(blocker, own, causes.WAITS, causes.WAITS_FOR_OTHER), held=True, until=self.now)

    def blocker(self, policy: SchedulePolicy) -> Running | None:
        """What it may not run beside: its own, one of its group, or one of that which waits for longer."""
        for pk in (policy.pk, *self._others(policy)):
            if self._running[pk]:
                return self._running[pk][0]
        if self.let_go:
            return None
        waiting = next((pk for pk in self._others(policy) if pk in self._waiting), None)
        return None if waiting is None else Running(waiting, self._waiting[waiting], self.now, "")

    def _others(self, policy: SchedulePolicy) -> Iterator[int]:
        members = self._members.get(policy.group_id or 0, ())
        return (pk for pk in members if pk != policy.pk)

    def _read(self, ids: Iterable[int]) -> None:
        columns = ("schedule_id", "schedule_name", "moment", "job_id", "state", "cause")
        rows = Slot.objects.filter(schedule__in=ids, state__in=OPEN_SLOTS).order_by("moment")
        slots = list(rows.values_list(*columns))
        jobs = [slot[3] for slot in slots if slot[4] == SlotState.QUEUED]
        going = (
            set(Job.objects.filter(pk__in=jobs, state__in=GOING).values_list("pk", flat=True)) if jobs else ()
        )
        for pk, name, moment, job_id, _state, cause in slots:
            if job_id and job_id in going:
                self._running[pk].append(Running(pk, name, moment, job_id))
            elif cause in causes.WAITING_CODES and not self.let_go:
                self._waiting[pk] = name


def why_not_beside(schedule: PeriodicTask, now: datetime) -> Notice | None:
    """Why a person may not run it now; the schedule's row is locked where that is to be sure."""
    policy = policy_of(schedule)
    if policy is None or not policy.waits_for_others:
        return None
    blocker = Going([schedule], now, let_go=True).blocker(policy)
    if blocker is None:
        return None
    own = blocker.schedule_id == policy.pk
    return _about(blocker, own, causes.NOT_BESIDE, causes.NOT_BESIDE_OTHER)


def _about(blocker: Running, own: bool, of_itself: Any, of_another: Any) -> Notice:
    notice: Notice = of_itself(moment=blocker.moment) if own else of_another(schedule=blocker.name)
    return notice


def _members(groups: set[int]) -> dict[int, list[int]]:
    """Schedules by group, which are locked: in one order everywhere."""
    if not groups:
        return {}
    list(ScheduleGroup.objects.select_for_update().filter(pk__in=groups).order_by("pk").values_list("pk"))
    found: dict[int, list[int]] = {group: [] for group in groups}
    rows = SchedulePolicy.objects.filter(group__in=groups).order_by("pk")
    for group_id, pk in rows.values_list("group_id", "pk"):
        found[group_id].append(pk)
    return found
