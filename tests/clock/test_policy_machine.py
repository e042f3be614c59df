"""Any order of pauses, quiet periods, runs by hand, fill-ins, downtimes and ends, with two clocks.

Hypothesis makes up the orders; what must hold whatever they are is asked after each step: a time has one slot
and no more than a job for each attempt, whatever did not run says why, and nothing runs where something
stands against it. `MORE_EXAMPLES=500` looks for new ones.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django_celery_beat.models import PeriodicTask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tasks_app.clock.recovery import Recovered
from tasks_app.clock.tick import tick
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import (
    AfterDowntime,
    Between,
    FillIn,
    FillState,
    IfRunning,
    Job,
    QuietPeriod,
    ScheduleGroup,
    ScheduleOptions,
    SchedulePause,
    SchedulePolicy,
    Slot,
    SlotHow,
    SlotState,
    State,
)
from tasks_app.schedules.job_of_schedule import InvalidSchedule, slot_job_id
from tasks_app.schedules.policies.by_hand import run_now
from tasks_app.schedules.policies.filling import CannotFillIn, Which, begin, survey
from tasks_app.schedules.policies.pausing import pause, pause_of, resume
from tests.clock.making import at, every, schedule

MORE = int(os.environ.get("MORE_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=MORE or 8,
    stateful_step_count=20,
    derandomize=not MORE,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
BEGIN = at("2026-06-01 08:00")
PERIOD = timedelta(minutes=5)
NAMES = ("A", "B", "C")
WHO = st.sampled_from(NAMES)
BETWEEN = st.sampled_from(list(Between))
SECONDS = st.sampled_from([1, 7, 60, 299, 300, 301, 1500])
GOING = (State.WAITING, State.RUNNING)


class AnyOrder(RuleBasedStateMachine):
    """Three schedules of one rhythm, of which two are of one group where that was drawn."""

    @initialize(
        rules=st.tuples(*[st.sampled_from(list(IfRunning))] * 3),
        after=st.tuples(*[st.sampled_from(list(AfterDowntime))] * 3),
        grouped=st.booleans(),
        failures=st.sampled_from([None, 2]),
    )
    def begin(self, rules: Any, after: Any, grouped: bool, failures: int | None) -> None:
        for model in (
            Job,
            Slot,
            FillIn,
            QuietPeriod,
            SchedulePause,
            SchedulePolicy,
            PeriodicTask,
            ScheduleGroup,
        ):
            model.objects.all().delete()
        self.now, self.clicks = BEGIN, 0
        self.time = mock.patch("tasks_app.db.shared_time.now", side_effect=lambda: self.now)
        self.broker = mock.patch("tasks_app.clock.tick.recover", return_value=Recovered())
        self.time.start()
        self.broker.start()
        rhythm = every(5, "minutes")
        group = ScheduleGroup.objects.create(name="g") if grouped else None
        for name, if_running in zip(NAMES, rules, strict=True):
            row = schedule(name, changed=BEGIN, interval=rhythm)
            own = group if name != "C" else None
            SchedulePolicy.objects.create(
                schedule=row, if_running=if_running, group=own, most_failures=failures
            )
        tick(BEGIN)
        for name, policy in zip(NAMES, after, strict=True):
            ScheduleOptions.objects.filter(schedule__name=name).update(after_downtime=policy)

    def teardown(self) -> None:
        if hasattr(self, "time"):
            self.time.stop()
            self.broker.stop()

    def row(self, name: str) -> PeriodicTask:
        return PeriodicTask.objects.select_related("options").get(name=name)

    # --- What happens

    @rule(seconds=SECONDS, clocks=st.sampled_from([0, 1, 2]))
    def time_passes(self, seconds: int, clocks: int) -> None:
        """With no clock, with one, or with two that look at the same moment."""
        self.now += timedelta(seconds=seconds)
        started = self.going()
        for clock in range(clocks):
            tick(self.now, starting=clock == 1)
        self.nothing_began_where_it_must_not(started)

    @rule(name=WHO, between=BETWEEN, minutes=st.sampled_from([None, 3, 12, 40]))
    def somebody_pauses(self, name: str, between: str, minutes: int | None) -> None:
        until = self.now + timedelta(minutes=minutes) if minutes else None
        pause(self.row(name), by=None, until=until, reason="because", between=between)

    @rule(name=WHO)
    def somebody_resumes(self, name: str) -> None:
        resume(self.row(name), by=None)

    @rule(between=BETWEEN, after=st.sampled_from([0, 4]), minutes=st.sampled_from([2, 11, 33]))
    def a_quiet_period_is_made(self, between: str, after: int, minutes: int) -> None:
        first = self.now + timedelta(minutes=after)
        QuietPeriod.objects.create(
            name=f"Q{QuietPeriod.objects.count()}", between=between,
            begins_at=first, ends_at=first + timedelta(minutes=minutes),
        )  # fmt: skip

    @rule()
    def a_quiet_period_is_ended(self) -> None:
        for quiet in QuietPeriod.objects.filter(begins_at__lt=self.now, ends_at__gt=self.now)[:1]:
            QuietPeriod.objects.filter(pk=quiet.pk).update(ends_at=self.now)

    @rule(name=WHO)
    def somebody_runs_it(self, name: str) -> None:
        self.now += timedelta(milliseconds=1)
        self.clicks += 1
        busy = self.minds(name) and self.busy(name)
        try:
            run_now(self.row(name), None, key=f"click-{self.clicks}")
        except InvalidSchedule:
            assert busy
        else:
            assert not busy

    @rule(name=WHO, which=st.sampled_from(list(Which)), back=st.sampled_from([6, 31]))
    def somebody_fills_in(self, name: str, which: Which, back: int) -> None:
        self.clicks += 1
        first = max(self.now - timedelta(minutes=back), BEGIN + timedelta(seconds=1))
        found = survey(self.row(name), first, self.now, which, self.now)
        try:
            begin(self.row(name), found.chosen, by=None, key=f"f{self.clicks}", pace=600, now=self.now)
        except CannotFillIn:
            assert FillIn.objects.filter(schedule__name=name, state=FillState.RUNNING).exists()

    @rule(
        state=st.sampled_from([State.SUCCEEDED, State.SUCCEEDED, State.FAILED, State.UNKNOWN]),
        last=st.booleans(),
    )
    def a_job_ends(self, state: str, last: bool) -> None:
        self.now += timedelta(milliseconds=1)
        jobs = Job.objects.filter(state__in=GOING).order_by("-created_at" if last else "created_at")
        for job in jobs[:1]:
            Job.objects.filter(pk=job.pk).update(
                state=state, started_at=self.now, ended_at=self.now, error="x"
            )
            job.refresh_from_db()
            slot_ended(job)

    # --- What must hold

    def going(self) -> set[str]:
        return set(Job.objects.filter(state__in=GOING).values_list("pk", flat=True))

    def minds(self, name: str) -> bool:
        return bool(self.row(name).policy.waits_for_others)

    def busy(self, name: str) -> bool:
        """Whether a run of it, or of its group, has not ended."""
        policy = self.row(name).policy
        members = SchedulePolicy.objects.filter(group=policy.group) if policy.group else []
        names = {name, *(one.schedule.name for one in members)}
        slots = Slot.objects.filter(schedule_name__in=names, state=SlotState.QUEUED)
        return Job.objects.filter(pk__in=slots.values("job_id"), state__in=GOING).exists()

    def nothing_began_where_it_must_not(self, before: set[str]) -> None:
        """By the rhythm no run began in a pause, and none at all but by hand in a quiet period."""
        began = Slot.objects.filter(job_id__in=self.going() - before)
        quiet = QuietPeriod.objects.filter(begins_at__lte=self.now, ends_at__gt=self.now).exists()
        for slot in began:
            assert not quiet, f"{slot} began in a quiet period"
            if slot.how == SlotHow.RHYTHM:
                assert pause_of(slot.schedule_id or 0, self.now) is None, f"{slot} began in a pause"

    @invariant()
    def each_time_has_one_slot_or_is_in_a_range(self) -> None:
        for options in ScheduleOptions.objects.all() if hasattr(self, "now") else ():
            slots = {slot.moment: slot for slot in Slot.objects.filter(schedule=options.pk)}
            moment = BEGIN + PERIOD
            unlisted: datetime | None = None
            assert options.next_slot is not None
            while moment < options.next_slot:
                slot = slots.get(moment)
                assert slot is not None or unlisted, f"nothing was decided of {moment}"
                if slot is not None:
                    unlisted = moment if slot.cause == "slot.unlisted" else None
                moment += PERIOD

    @invariant()
    def whatever_did_not_run_says_why(self) -> None:
        silent = Slot.objects.filter(
            state__in=(SlotState.MISSED, SlotState.SKIPPED, SlotState.HELD), reason=""
        )
        assert not silent.exists()
        assert not Slot.objects.filter(state=SlotState.HELD).exclude(job_id="").exists()
        assert not Slot.objects.filter(state=SlotState.QUEUED, job_id="").exists()

    @invariant()
    def a_slot_and_attempt_have_one_job(self) -> None:
        jobs = list(Job.objects.values_list("scheduled_for", "pk", "message"))
        known = {slot.job_id for slot in Slot.objects.exclude(job_id="")}
        for moment, pk, message in jobs:
            assert moment is not None
            schedule_id = message["headers"]["job_schedule"]
            slot = Slot.objects.get(schedule=schedule_id, moment=moment)
            ids = [slot_job_id(schedule_id, moment, number + 1) for number in range(slot.attempt)]
            assert pk in ids
            assert slot.job_id == ids[-1]
        assert known <= {pk for _moment, pk, _message in jobs}

    @invariant()
    def what_must_not_run_beside_another_does_not(self) -> None:
        for name in NAMES if hasattr(self, "now") else ():
            if not self.minds(name):
                continue
            policy = self.row(name).policy
            members = SchedulePolicy.objects.filter(group=policy.group) if policy.group else [policy]
            names = [one.schedule.name for one in members]
            slots = Slot.objects.filter(schedule_name__in=names, state=SlotState.QUEUED)
            going = Job.objects.filter(pk__in=slots.values("job_id"), state__in=GOING)
            assert going.count() <= 1

    @rule()
    def nothing_is_held_for_ever(self) -> None:
        """Once all that stands against it is over, and the jobs have ended, two looks leave nothing held."""
        SchedulePause.objects.on(self.now).update(ended_at=self.now)
        QuietPeriod.objects.filter(ends_at__gt=self.now).update(ends_at=self.now, begins_at=BEGIN)
        for _look in range(len(NAMES) + 1):
            for job in Job.objects.filter(state__in=GOING):
                Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED, ended_at=self.now)
                job.refresh_from_db()
                slot_ended(job)
            self.now += timedelta(seconds=1)
            tick(self.now)
        waiting = list(Slot.objects.filter(state=SlotState.HELD))
        assert all(slot.cause in ("slot.waits", "slot.waits_for_other") for slot in waiting), waiting


@pytest.mark.once
@pytest.mark.django_db
def test_any_order_of_anything_that_can_happen_to_schedules() -> None:
    run_state_machine_as_test(AnyOrder, settings=PROFILE)
