"""Runs that people ask for: now, with other arguments, and of times that are past."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import (
    FillIn,
    FillState,
    IfRunning,
    Job,
    QuietPeriod,
    ScheduleOptions,
    SchedulePause,
    SchedulePolicy,
    Slot,
    SlotHow,
    SlotState,
    State,
)
from tasks_app.models.job import Origin
from tasks_app.schedules.job_of_schedule import InvalidSchedule, slot_job_id
from tasks_app.schedules.owners import give_to
from tasks_app.schedules.policies.by_hand import run_now
from tasks_app.schedules.policies.filling import (
    MOST_FILLED,
    CannotFillIn,
    Found,
    Survey,
    Which,
    begin,
    fill,
    stop,
    survey,
)
from tests.clock.making import at, crontab, every, schedule

pytestmark = pytest.mark.django_db

MORNING = at("2026-06-01 08:00")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks_app.db.shared_time.now", lambda: MORNING + 10.5 * HOUR)


def hourly(**fields: Any) -> PeriodicTask:
    row = schedule(changed=MORNING, interval=every(1, "hours"), **fields)
    tick(MORNING)
    return row


def boss() -> User:
    return User.objects.get_or_create(username="boss")[0]


# --- Now --------------------------------------------------------------------------------------------


def test_a_run_by_hand_is_a_slot_of_its_own_and_the_rhythm_stays() -> None:
    row = hourly()
    before = ScheduleOptions.objects.values().get()
    first, second = run_now(row, boss(), key="a"), run_now(row, boss(), key="b")
    assert run_now(row, boss(), key="b").pk == second.pk
    slots = Slot.objects.order_by("moment")
    assert [(slot.job_id, slot.how) for slot in slots] == [
        (first.pk, SlotHow.HAND),
        (second.pk, SlotHow.HAND),
    ]
    assert [slot.moment for slot in slots] == [first.scheduled_for, second.scheduled_for]  # for moving values
    assert (first.origin, first.created_by) == (Origin.PERSON, boss())
    assert ScheduleOptions.objects.values().get() == before
    first.state, first.error = State.FAILED, "It failed."
    slot_ended(first)
    assert Slot.objects.get(job_id=first.pk).state == SlotState.FAILED


def test_a_run_by_hand_never_takes_the_place_of_a_time_of_the_rhythm(monkeypatch: pytest.MonkeyPatch) -> None:
    row = hourly()
    monkeypatch.setattr("tasks_app.db.shared_time.now", lambda: MORNING + HOUR)
    run_now(row, boss())
    tick(MORNING + HOUR)
    assert Job.objects.count() == 2
    assert Slot.objects.get(moment=MORNING + HOUR).how == SlotHow.RHYTHM


def test_other_arguments_are_given_once_and_the_schedule_keeps_its_own() -> None:
    row = hourly(args="[1]", kwargs="{}")
    job = run_now(row, boss(), arguments={"x": 2})
    assert (job.args, job.kwargs) == ([], {"x": 2})
    assert Slot.objects.get().how == SlotHow.CHANGED
    row.refresh_from_db()
    assert (row.args, row.kwargs) == ("[1]", "{}")


@pytest.mark.parametrize("rule", [IfRunning.SKIP, IfRunning.WAIT, IfRunning.STOP])
def test_nobody_runs_by_hand_beside_what_goes_on_where_a_policy_forbids_it(rule: str) -> None:
    row = hourly()
    SchedulePolicy.objects.create(schedule=row, if_running=rule)
    row = PeriodicTask.objects.get(pk=row.pk)
    first = run_now(row, boss())
    with pytest.raises(InvalidSchedule, match="still going"):
        run_now(row, boss())
    tick(MORNING + HOUR)  # and for the rhythm it counts as any other
    assert Job.objects.filter(state=State.WAITING).count() <= 1
    Job.objects.update(state=State.SUCCEEDED)
    assert run_now(row, boss()).pk != first.pk


def test_a_person_may_run_what_is_paused_and_in_a_quiet_period() -> None:
    row = hourly()
    SchedulePause.objects.create(schedule=row, begins_at=MORNING)
    QuietPeriod.objects.create(name="x", begins_at=MORNING, ends_at=MORNING + 20 * HOUR)
    assert run_now(row, boss()).state == State.WAITING


# --- Past times ---------------------------------------------------------------------------------------


def past(row: PeriodicTask, **outcomes: str) -> None:
    """What came of the times at 09:00, 10:00 …: `h1="failed"`."""
    for name, state in outcomes.items():
        moment = MORNING + int(name[1:]) * HOUR
        job_id = ""
        if state not in (SlotState.MISSED, SlotState.SKIPPED, SlotState.HELD):
            job_id = slot_job_id(row.pk, moment)
            ended = State.FAILED if state == SlotState.FAILED else State.SUCCEEDED
            job_state = State.RUNNING if state == SlotState.QUEUED else ended
            Job.objects.create(
                id=job_id,
                name=row.task,
                queue="default",
                state=job_state,
                created_at=moment,
                scheduled_for=moment,
            )
        Slot.objects.create(
            schedule=row, schedule_name=row.name, moment=moment, state=state, job_id=job_id, decided_at=moment
        )


def filled(
    row: PeriodicTask, which: Which, *, pace: int = 600, hours: tuple[float, float] = (0.5, 6.5)
) -> FillIn:
    now = MORNING + 10 * HOUR
    span = MORNING + hours[0] * HOUR, MORNING + hours[1] * HOUR
    found = survey(PeriodicTask.objects.get(pk=row.pk), *span, which, now)
    return begin(row, found.chosen, by=boss(), key=f"{which}", pace=pace, now=now)


def go_on(fill_in: FillIn, looks: int = 200) -> None:
    fill_in.refresh_from_db()
    now = fill_in.next_at
    for _look in range(looks):
        fill(now)
        now += timedelta(seconds=1)
    fill_in.refresh_from_db()


@pytest.mark.parametrize(
    ("which", "hours"),
    [(Which.MISSING, [1, 2, 6]), (Which.FAILED, [1, 2, 4, 6]), (Which.ALL, [1, 2, 3, 4, 6])],
)
def test_a_span_is_filled_in_as_chosen(which: Which, hours: list[int]) -> None:
    row = hourly()
    past(row, h1="missed", h2="skipped", h3="done", h4="failed", h5="queued")  # of 6 there is no row at all
    before = set(Job.objects.values_list("pk", flat=True))
    fill_in = filled(row, which)
    go_on(fill_in)
    assert (fill_in.state, fill_in.made, fill_in.done) == (FillState.FINISHED, len(hours), len(hours))
    made = Job.objects.exclude(pk__in=before).order_by("scheduled_for")
    assert [(job.scheduled_for - MORNING) / HOUR for job in made] == hours
    assert all(job.created_by == boss() for job in made)
    for job in made:
        slot = Slot.objects.get(job_id=job.pk)
        assert (slot.moment, slot.how, slot.state) == (job.scheduled_for, SlotHow.FILLED, SlotState.QUEUED)
        again = job.scheduled_for - MORNING in (3 * HOUR, 4 * HOUR)
        assert (job.rerun_of_id is not None, slot.attempt) == (again, 2 if again else 1)
        assert job.pk == slot_job_id(row.pk, slot.moment, slot.attempt)


def test_the_dry_run_counts_and_changes_nothing() -> None:
    row = hourly()
    past(row, h1="missed", h3="done", h4="failed", h5="held")
    before = list(Slot.objects.values())
    found = survey(
        PeriodicTask.objects.get(pk=row.pk),
        MORNING + 0.5 * HOUR,
        MORNING + 6.5 * HOUR,
        Which.FAILED,
        MORNING + 10 * HOUR,
    )
    assert [found.count(one) for one in Found] == [3, 1, 1, 1]
    assert len(found.chosen) == 4
    assert list(Slot.objects.values()) == before
    assert not FillIn.objects.exists()


def test_what_is_still_to_come_is_no_past_time() -> None:
    row = hourly()
    found = survey(
        PeriodicTask.objects.get(pk=row.pk),
        MORNING + 0.5 * HOUR,
        MORNING + 99 * HOUR,
        Which.ALL,
        MORNING + 3.5 * HOUR,
    )
    assert [run.due for run in found.chosen] == [MORNING + hour * HOUR for hour in (1, 2, 3)]


def test_a_failed_time_that_a_re_run_repaired_is_done_and_one_under_way_is_left_alone() -> None:
    row = hourly()
    past(row, h1="failed", h2="failed")
    repaired, again = (slot_job_id(row.pk, MORNING + hour * HOUR) for hour in (1, 2))
    Job.objects.filter(pk=repaired).update(repaired_at=MORNING)
    Job.objects.create(
        id="again", name=row.task, queue="default", state=State.RUNNING, created_at=MORNING + 9 * HOUR,
        rerun_of_id=again, family=again,
    )  # fmt: skip
    fill_in = filled(row, Which.FAILED, hours=(0.5, 2.5))
    assert fill_in.total == 1
    go_on(fill_in)
    assert fill_in.made == 0


def test_it_keeps_its_pace() -> None:
    row = hourly()
    fill_in = filled(row, Which.MISSING, pace=30)
    counts = []
    for second in range(5):
        fill(MORNING + 10 * HOUR + timedelta(seconds=second))
        counts.append(Job.objects.count())
    assert counts == [1, 1, 2, 2, 3]
    assert not stop(fill_in, by=boss(), now=MORNING) or not fill(MORNING + 11 * HOUR)
    fill_in.refresh_from_db()
    assert (fill_in.state, fill_in.made) == (FillState.STOPPED, 3)
    assert not stop(fill_in, by=boss(), now=MORNING)


def test_a_clock_killed_in_the_middle_leaves_no_half_step(monkeypatch: pytest.MonkeyPatch) -> None:
    row = hourly()
    fill_in = filled(row, Which.MISSING)
    monkeypatch.setattr(FillIn, "save", lambda *_args, **_options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fill(MORNING + 10 * HOUR)
    monkeypatch.undo()
    assert not Job.objects.exists()
    assert not Slot.objects.exists()
    go_on(fill_in)
    assert (fill_in.made, Job.objects.count(), Slot.objects.count()) == (6, 6, 6)


@pytest.mark.parametrize("rule", [IfRunning.SKIP, IfRunning.WAIT, IfRunning.STOP])
def test_it_goes_one_by_one_where_none_may_run_beside_another(rule: str) -> None:
    row = hourly()
    SchedulePolicy.objects.create(schedule=row, if_running=rule)
    fill_in = filled(row, Which.MISSING, hours=(0.5, 3.5))
    for number in range(3):
        go_on(fill_in, looks=3)
        assert Job.objects.count() == number + 1
        Job.objects.update(state=State.SUCCEEDED)
    assert fill_in.state == FillState.FINISHED


def test_it_waits_for_the_end_of_a_quiet_period_and_says_so() -> None:
    row = hourly()
    quiet = QuietPeriod.objects.create(name="Night", begins_at=MORNING, ends_at=MORNING + 20 * HOUR)
    fill_in = filled(row, Which.MISSING)
    go_on(fill_in, looks=3)
    assert not Job.objects.exists()
    assert "Night" in json.dumps(fill_in.why)
    quiet.delete()
    go_on(fill_in)
    assert (fill_in.made, fill_in.why) == (6, None)


@pytest.mark.parametrize("change", [{"task": "gone.task"}, {"kwargs": '{"no_such": 1}'}])
def test_it_stops_with_the_reason_where_no_job_can_be_made_any_more(change: dict[str, str]) -> None:
    row = hourly()
    fill_in = filled(row, Which.MISSING)
    PeriodicTask.objects.filter(pk=row.pk).update(**change)
    go_on(fill_in, looks=2)
    assert (fill_in.state, fill_in.made) == (FillState.STOPPED, 0)
    assert fill_in.why
    assert not Job.objects.exists()


def test_it_stops_where_the_schedules_owner_left() -> None:
    row = hourly()
    fill_in = filled(row, Which.MISSING)
    give_to(row, User.objects.create_user("gone", is_active=False))
    go_on(fill_in, looks=2)
    assert (fill_in.state, fill_in.made) == (FillState.STOPPED, 0)
    assert not Job.objects.exists()


def test_a_double_click_begins_one_and_a_second_one_waits_for_the_first() -> None:
    row = hourly()
    first = filled(row, Which.MISSING)
    assert filled(row, Which.MISSING).pk == first.pk
    with pytest.raises(CannotFillIn, match="under way"):
        filled(row, Which.ALL)


def test_too_many_times_and_times_whose_history_is_gone_are_refused_with_a_sentence() -> None:
    row = PeriodicTask.objects.get(pk=schedule(changed=MORNING, interval=every(1, "seconds")).pk)
    tick(MORNING)
    later = MORNING + 28 * HOUR  # 100,800 times
    with pytest.raises(CannotFillIn, match=f"more than {MOST_FILLED}"):
        survey(row, MORNING, later, Which.ALL, later)
    with pytest.raises(CannotFillIn, match="kept for 90 days"):
        survey(row, MORNING - timedelta(days=100), MORNING, Which.ALL, later)
    with pytest.raises(CannotFillIn, match=f"more than {MOST_FILLED}"):
        begin(row, [None] * (MOST_FILLED + 1), by=None, key="x", pace=1, now=later)  # type: ignore[list-item]
    assert Survey().chosen == []


def test_days_off_are_filled_in_as_they_would_have_run() -> None:
    from tasks_app.models import ScheduleRule

    row = schedule(changed=MORNING, crontab=crontab("0 8 * * *", "UTC"))
    ScheduleRule.objects.create(schedule=row, on_day_off="after")
    tick(MORNING)
    fill_in = filled(row, Which.MISSING, hours=(-72, 9))  # from Friday
    go_on(fill_in)
    moments = {slot.moment.day: slot.due and slot.due.day for slot in Slot.objects.all()}
    assert moments == {29: None, 30: 1, 31: 1, 1: None}
