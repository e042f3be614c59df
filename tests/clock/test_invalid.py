"""Schedules no job can be made of: never dispatched, and said why in a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.errors import UNKNOWN_JOB
from tasks_app.models import Job, ScheduleOptions, Slot, SlotState
from tasks_app.schedules.job_of_schedule import InvalidSchedule
from tasks_app.schedules.policies.by_hand import run_now
from tasks_app.schedules.rhythm.words import interval_words
from tests.clock.making import DEBUG_TASK, at, edited, every, schedule

pytestmark = pytest.mark.django_db

GONE = UNKNOWN_JOB(name="t")

MORNING = at("2026-06-01 08:00")
LATER = MORNING + timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"task": "projet.tasks.gone"}, "There is no job named"),
        ({"args": "[1"}, "not a JSON list"),
        ({"args": "{}"}, "not a JSON list"),
        ({"kwargs": "colour=blue"}, "not a JSON object"),
        ({"kwargs": "[]"}, "not a JSON object"),
        ({"headers": "blue"}, "headers are not a JSON object"),
        ({"kwargs": '{"colour": "blue"}'}, "does not take these arguments"),
        ({"args": "[1, 2, 3]"}, "does not take these arguments"),
        ({"task": "tasks_app.tasks.envoi_email"}, "does not take these arguments"),
        ({"task": "tasks_app.tasks.envoi_email", "kwargs": '{"destinataire_id": 404}'}, "does not accept"),
        ({"task": "tasks_app.tasks.rapport_pdf", "kwargs": '{"type": "tea"}'}, "choose the job anew"),
        (
            {"task": "tasks_app.tasks.rapport_pdf", "kwargs": '{"type": "activity", "period": "never"}'},
            "does not accept",
        ),
    ],
)
def test_an_impossible_row_is_never_dispatched_and_says_why(fields, sentence):
    row = schedule("Bad", changed=MORNING, interval=every(10, "minutes"), **fields)
    good = schedule("Good", changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    tick(LATER)
    options = ScheduleOptions.objects.get(schedule=row)
    assert sentence in options.invalid
    assert options.next_slot is None
    assert [job.message["headers"]["periodic_task_name"] for job in Job.objects.all()] == [good.name]


@pytest.mark.parametrize("place", ["due_slots", "planning"])
def test_a_row_that_our_code_stumbles_over_holds_up_no_other(place, monkeypatch):
    bad = schedule("Bad", changed=MORNING, interval=every(10, "minutes"))
    good = schedule("Good", changed=MORNING, interval=every(1, "hours"))
    if place == "due_slots":
        tick(MORNING)

    def stumble(row, *rest):
        if row.pk == bad.pk:
            raise RuntimeError("a form that is broken")
        return

    monkeypatch.setattr(f"tasks_app.schedules.{place}.problem_of", stumble)
    tick(MORNING)
    tick(LATER)
    assert "a form that is broken" in ScheduleOptions.objects.get(schedule=bad).invalid
    assert [job.message["headers"]["periodic_task_name"] for job in Job.objects.all()] == [good.name]


def test_a_rhythm_shorter_than_the_clocks_look_is_refused():
    row = schedule(changed=MORNING, interval=every(10, "microseconds"))
    tick(MORNING)
    assert "shorter than a second" in row.options.invalid


def test_an_interval_without_a_unit_is_refused_and_never_ends_the_clock():
    row = schedule(changed=MORNING, interval=every(5, ""))
    tick(MORNING)
    assert "no unit" in row.options.invalid
    assert interval_words(5, "") == "No rhythm"


def test_a_mended_row_runs_at_its_next_time():
    row = schedule(changed=MORNING, interval=every(1, "hours"), task="projet.tasks.gone")
    tick(MORNING)
    row.task = DEBUG_TASK
    edited(row, LATER + timedelta(minutes=30))
    tick(LATER + timedelta(minutes=31))
    options = ScheduleOptions.objects.get()
    assert (options.invalid, options.next_slot) == ("", LATER + timedelta(hours=1))
    assert not Job.objects.exists()


def test_a_row_that_became_impossible_is_found_when_it_is_due(monkeypatch):
    """New code no longer knows the job; nothing in the database changed."""
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    monkeypatch.setattr("tasks_app.clock.tick.check_call", lambda *call: GONE)
    report = tick(LATER)
    assert (report.jobs, report.invalid) == (0, 1)
    slot = Slot.objects.get()
    assert (slot.moment, slot.state, slot.reason) == (
        LATER,
        SlotState.SKIPPED,
        str(GONE),
    )
    assert ScheduleOptions.objects.get(schedule=row).invalid == str(GONE)


def test_a_starting_clock_looks_again_at_what_was_impossible():
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    ScheduleOptions.objects.update(invalid="The old code did not know it.", next_slot=None)
    tick(LATER)
    assert not Job.objects.exists()
    tick(LATER, starting=True)
    assert row.options.invalid == ""
    assert ScheduleOptions.objects.get().next_slot == LATER + timedelta(hours=1)


def test_run_now_refuses_an_impossible_row_with_its_sentence():
    row = schedule(changed=MORNING, interval=every(1, "hours"), kwargs='{"colour": "blue"}')
    with pytest.raises(InvalidSchedule, match="does not take these arguments"):
        run_now(row, None)
    assert not Job.objects.exists()


def test_a_deleted_schedule_leaves_its_history():
    row = schedule(changed=MORNING, interval=every(1, "hours"))
    tick(LATER)
    row.delete()
    tick(LATER + timedelta(hours=1))
    assert not PeriodicTask.objects.exists()
    assert [(slot.schedule_id, slot.schedule_name) for slot in Slot.objects.all()] == [(None, "Nightly")]
