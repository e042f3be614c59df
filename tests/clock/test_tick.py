"""The clock, driven through tick(now): every test says what the time is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django_celery_beat.models import ClockedSchedule, PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import Job, ScheduleOptions, Slot, SlotHow, SlotState
from tasks_app.models.job import Origin
from tasks_app.schedules.policies.by_hand import run_now
from tests.clock.making import at, crontab, edited, every, history, schedule

pytestmark = pytest.mark.django_db

MORNING = at("2026-06-01 08:00")


def test_a_due_schedule_becomes_one_job_and_one_slot():
    row = schedule(changed=MORNING, interval=every(10, "minutes"))
    tick(MORNING + timedelta(minutes=9))
    assert not Job.objects.exists()
    tick(MORNING + timedelta(minutes=10, seconds=1))
    job = Job.objects.get()
    assert job.scheduled_for == MORNING + timedelta(minutes=10)
    assert job.origin == Origin.SCHEDULE
    assert history(row) == [(job.scheduled_for, SlotState.QUEUED)]
    assert Slot.objects.get().job_id == job.id


def test_a_second_look_at_the_same_time_makes_nothing_more():
    schedule(changed=MORNING, interval=every(10, "minutes"))
    now = MORNING + timedelta(minutes=10)
    assert tick(now).jobs == 1
    assert tick(now).jobs == 0
    ScheduleOptions.objects.update(next_slot=now)  # another clock that had read the row before
    tick(now)
    assert Job.objects.count() == Slot.objects.count() == 1


def test_an_interval_keeps_its_times_when_the_clock_is_late():
    row = schedule(changed=MORNING, interval=every(10, "minutes"))
    for minutes, seconds in [(10, 40), (20, 5), (30, 59)]:
        tick(MORNING + timedelta(minutes=minutes, seconds=seconds))
    assert [moment for moment, state in history(row)] == [
        MORNING + timedelta(minutes=m) for m in (10, 20, 30)
    ]


def test_the_rows_own_counters_have_beats_meaning():
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    for hours in (1, 2):
        tick(MORNING + timedelta(hours=hours))
    row.refresh_from_db()
    assert row.total_run_count == 2
    assert row.last_run_at == MORNING + timedelta(hours=2)


def test_a_crontab_row_edited_in_a_shell_moves_the_next_slot():
    row = schedule(changed=MORNING, crontab=crontab("0 12 * * *"))
    tick(MORNING)
    row.crontab.hour = "15"
    row.crontab.save()
    tick(MORNING + timedelta(seconds=1))
    assert ScheduleOptions.objects.get().next_slot == at("2026-06-01 15:00", "Europe/Paris")


def test_new_arguments_do_not_lose_a_slot_that_is_due():
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    row.headers = '{"x-colour": "blue"}'
    edited(row, MORNING + timedelta(hours=2))
    tick(MORNING + timedelta(hours=2, seconds=5))
    job = Job.objects.get(scheduled_for=MORNING + timedelta(hours=2))
    assert job.message["headers"]["x-colour"] == "blue"


def test_disabled_means_never_even_when_a_slot_is_due():
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    PeriodicTask.objects.filter(pk=row.pk).update(enabled=False)  # unnoticed by beat's own bookkeeping
    tick(MORNING + timedelta(hours=1))
    assert not Job.objects.exists()
    assert ScheduleOptions.objects.get().next_slot is None


def test_enabled_again_it_waits_for_its_next_time():
    row = schedule(changed=MORNING, crontab=crontab("0 12 * * *"), enabled=False)
    tick(MORNING)
    row.enabled = True
    edited(row, at("2026-06-01 14:00"))
    tick(at("2026-06-01 14:00"))
    assert not Job.objects.exists()
    assert ScheduleOptions.objects.get().next_slot == at("2026-06-02 12:00", "Europe/Paris")


def test_an_interval_keeps_its_anchor_through_edits():
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    row.description = "edited"
    edited(row, MORNING + timedelta(minutes=40))
    tick(MORNING + timedelta(minutes=40))
    assert ScheduleOptions.objects.get().next_slot == MORNING + timedelta(hours=1)


def test_start_and_expiry_bound_the_slots():
    row = schedule(
        changed=MORNING,
        interval=every(1, "hours"),
        start_time=MORNING + timedelta(hours=2, minutes=15),
        expires=MORNING + timedelta(hours=4, minutes=15),
    )
    for minutes in range(0, 400, 15):
        tick(MORNING + timedelta(minutes=minutes))
    first = MORNING + timedelta(hours=2, minutes=15)
    assert [moment for moment, _ in history(row)] == [first, first + timedelta(hours=1)]


def test_a_one_off_runs_once_and_is_disabled():
    row = schedule(changed=MORNING, interval=every(1, "hours"), one_off=True)
    for hours in (1, 2, 3):
        tick(MORNING + timedelta(hours=hours))
    row.refresh_from_db()
    assert Job.objects.count() == 1
    assert not row.enabled


def test_a_one_off_whose_publish_failed_is_not_lost():
    """Nothing answers at the tests' broker address: the row waits for the next look of any clock."""
    schedule(changed=MORNING, interval=every(1, "hours"), one_off=True)
    tick(MORNING + timedelta(hours=1))
    job = Job.objects.get()
    assert (job.state, job.published_at) == ("waiting", None)


def test_a_moment_that_has_passed_when_it_is_entered_runs_at_once_and_only_once():
    moment = ClockedSchedule.objects.create(clocked_time=MORNING - timedelta(minutes=5))
    row = schedule(changed=MORNING, clocked=moment, one_off=True)
    tick(MORNING)
    row.refresh_from_db()
    row.enabled = True
    edited(row, MORNING + timedelta(minutes=1))
    tick(MORNING + timedelta(minutes=2))
    assert Job.objects.count() == 1


def test_a_schedule_made_just_before_its_moment_is_not_missed():
    """Saved at 11:59:59.7, first seen by the clock at 12:00:00.4."""
    noon = at("2026-06-01 12:00", "Europe/Paris")
    schedule(changed=noon - timedelta(milliseconds=300), crontab=crontab("0 12 * * *"))
    tick(noon + timedelta(milliseconds=400))
    assert Job.objects.get().scheduled_for == noon


def test_the_job_carries_what_the_row_says():
    schedule(
        changed=MORNING,
        interval=every(1, "hours"),
        args="[]",
        kwargs="{}",
        queue="low",
        priority=3,
        headers='{"x-reason": "audit"}',
        expire_seconds=90,
    )
    now = MORNING + timedelta(hours=1)
    tick(now)
    job = Job.objects.get()
    headers = job.message["headers"]
    assert job.queue == "low"
    assert job.message["routing"]["priority"] == 3
    assert headers["x-reason"] == "audit"
    assert headers["periodic_task_name"] == "Nightly"
    assert headers["expires"] == (now + timedelta(seconds=90)).isoformat()


def test_run_now_makes_the_same_job_as_the_clock_with_a_slot_of_its_own():
    row = schedule(
        changed=MORNING, interval=every(1, "hours"), queue="low", priority=3, headers='{"x-reason": "audit"}'
    )
    person = get_user_model().objects.create_user("support")
    tick(MORNING + timedelta(hours=1))
    scheduled = Job.objects.get()
    job = run_now(row, person, key="one-click")
    assert run_now(row, person, key="one-click").id == job.id
    assert (job.origin, job.created_by) == (Origin.PERSON, person)
    assert (job.queue, job.message["routing"]) == (scheduled.queue, scheduled.message["routing"])
    for header in ("x-reason", "periodic_task_name"):
        assert job.message["headers"][header] == scheduled.message["headers"][header]
    own = Slot.objects.get(how=SlotHow.HAND)
    assert (own.job_id, own.moment, own.state) == (job.id, job.scheduled_for, SlotState.QUEUED)
    assert Slot.objects.count() == 2


def test_the_slot_learns_how_its_job_ended():
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    ends = [
        ("succeeded", 5, "", SlotState.DONE),
        ("succeeded", 600, "", SlotState.LATE),
        ("failed", 5, "The mail server refused.", SlotState.FAILED),
        ("cancelled", 5, "Cancelled by a person.", SlotState.SKIPPED),
    ]
    for hours, (state, delay, error, _) in enumerate(ends, start=1):
        tick(MORNING + timedelta(hours=hours))
        job = Job.objects.get(scheduled_for=MORNING + timedelta(hours=hours))
        job.state, job.error, job.started_at = state, error, job.scheduled_for + timedelta(seconds=delay)
        slot_ended(job)
    assert [state for _, state in history(row)] == [expected for *_, expected in ends]
    assert Slot.objects.get(state=SlotState.FAILED).reason == "The mail server refused."


def test_an_idle_tick_asks_the_same_few_questions_however_many_schedules_there_are(
    django_assert_max_num_queries,
):
    for number in range(30):
        schedule(f"Number {number}", changed=MORNING, interval=every(1 + number, "days"))
    tick(MORNING)
    with django_assert_max_num_queries(12):
        tick(MORNING + timedelta(seconds=1))
